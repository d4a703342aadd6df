// Times in the reader's own zone and language; the exact UTC stays in the tooltip. An account that
// says its zone has them from the server; for others it is the browser that knows.
"use strict";
const ofPage = document.documentElement;
const own = navigator.languages.find((one) => one.split("-")[0] === ofPage.lang);
const spoken = new Intl.DateTimeFormat(own ?? ofPage.lang, {
  dateStyle: "medium",
  timeStyle: "short",
  numberingSystem: "latn", // as the rest of the page has them
  timeZone: ofPage.dataset.zone,
});
function sayLocalTimes(within) {
  if (ofPage.dataset.zone) return;
  for (const element of within.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const utc = element.dateTime.replace("T", " ").replace("Z", " UTC");
    element.title = `${spoken.format(moment)} (${utc})`;
    if ("local" in element.dataset) element.textContent = spoken.format(moment);
  }
}
sayLocalTimes(document);
// Charts are drawn in the zone that they are asked for.
const zone = encodeURIComponent(spoken.resolvedOptions().timeZone);
for (const element of document.querySelectorAll("[data-zoned]")) {
  const name = element.hasAttribute("srcset") ? "srcset" : "src";
  element.setAttribute(name, `${element.getAttribute(name)}&zone=${zone}`);
}
