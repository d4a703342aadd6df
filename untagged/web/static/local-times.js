// Times in the reader's own zone and language; the exact UTC stays in the tooltip.
"use strict";
const said = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
for (const element of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) continue;
  const utc = element.dateTime.replace("T", " ").replace("Z", " UTC");
  element.title = `${said.format(moment)} (${utc})`;
}
for (const select of document.querySelectorAll(".me select")) {
  select.addEventListener("change", () => select.form.submit());
}
