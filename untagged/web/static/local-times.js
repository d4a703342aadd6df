// Times in the reader's own zone and language; the exact UTC stays in the tooltip.
"use strict";
const spoken = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "short",
  timeZone: document.documentElement.dataset.zone, // of the account; else the browser's
});
function sayLocalTimes(within) {
  for (const element of within.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const utc = element.dateTime.replace("T", " ").replace("Z", " UTC");
    element.title = `${spoken.format(moment)} (${utc})`;
  }
}
sayLocalTimes(document);
// Charts are drawn in the zone that they are asked for.
const zone = encodeURIComponent(spoken.resolvedOptions().timeZone);
for (const element of document.querySelectorAll("[data-zoned]")) {
  const name = element.hasAttribute("srcset") ? "srcset" : "src";
  element.setAttribute(name, `${element.getAttribute(name)}&zone=${zone}`);
}
