// Shows what changed on this page without taking away what somebody is using.
"use strict";
const live = document.querySelector("[data-live]");
if (live) {
  const said = document.getElementById("live-said");
  let shown = live.dataset.state;
  let newest = shown;
  let isFetching = false;
  let isAskedAgain = false;

  // A part stays as it is while somebody types or reads in it.
  const isUsed = (part) =>
    part.contains(document.activeElement) ||
    part.querySelector("details[open]") !== null ||
    [...part.querySelectorAll("input, textarea")].some((one) => one.value !== one.defaultValue);

  const refresh = async () => {
    isAskedAgain = isFetching;
    if (newest === shown || isFetching || document.hidden) return;
    isFetching = true;
    const wanted = newest;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) return; // the next change, or the next minute, tries again
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      let isWhole = true;
      for (const part of live.querySelectorAll("[data-part]")) {
        const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
        if (!fresh || fresh.outerHTML === part.dataset.made) continue;
        if (isUsed(part)) {
          isWhole = false;
          continue;
        }
        fresh.dataset.made = fresh.outerHTML;
        sayLocalTimes(fresh);
        part.replaceWith(fresh);
      }
      said.textContent = isWhole ? "" : say("There is something newer; it is shown when you are done.");
      if (isWhole) shown = wanted;
    } finally {
      isFetching = false;
    }
    if (isAskedAgain) refresh(); // not without being asked: a part may be in use for hours
  };

  const listening = new EventSource(live.dataset.live);
  listening.addEventListener("state", (event) => {
    newest = JSON.parse(event.data);
    refresh();
  });
  document.addEventListener("visibilitychange", refresh);
  live.addEventListener("focusout", () => setTimeout(refresh, 300));
  live.addEventListener("toggle", () => setTimeout(refresh, 300), true);
}
