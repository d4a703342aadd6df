// Shows what changed on this page without taking away what somebody is using.
"use strict";
const live = document.querySelector("[data-live]");
if (live) {
  const said = document.getElementById("live-said");
  let shown = live.dataset.state;
  let newest = shown;
  let isFetching = false;
  let isAskedAgain = false;
  let isOver = false;
  let listening;
  const AGAIN_MS = 30_000;
  // Without text/html who is logged out is told so, and not led to the login; the header says that
  // nobody's doing asks, which keeps no session from ending unused (untagged/web/doors.py).
  const asked = { headers: { Accept: "text/plain", "X-By-Itself": "1" } };

  // What somebody types stays, though it cannot be sent, to be copied; the rest is old from now on.
  const sayLoggedOut = () => {
    listening.close();
    isOver = true;
    for (const part of live.querySelectorAll("[data-part]")) if (!isUsed(part)) part.remove();
    const link = document.createElement("a");
    link.href = `/login?${new URLSearchParams({ to: location.pathname + location.search })}`;
    link.textContent = say("Log in");
    said.className = "note warn";
    said.replaceChildren(say("You are logged out."), " ", link);
  };

  // A part stays as it is while somebody types or reads in it.
  const isUsed = (part) =>
    part.contains(document.activeElement) ||
    part.querySelector("details[open]") !== null ||
    [...part.querySelectorAll("input, textarea")].some((one) => one.value !== one.defaultValue);

  const refresh = async () => {
    isAskedAgain = isFetching;
    if (isOver || newest === shown || isFetching || document.hidden) return;
    isFetching = true;
    const wanted = newest;
    try {
      const answer = await fetch(location.href, asked);
      if (answer.status === 401) return sayLoggedOut();
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

  // A browser listens again by itself, but for an answer that is no stream: of who is logged out.
  const listenAgain = async () => {
    if (listening.readyState !== EventSource.CLOSED || isOver) return;
    const answer = await fetch(location.href, asked).catch(() => null);
    if (answer?.status === 401) sayLoggedOut();
    else setTimeout(listen, AGAIN_MS);
  };
  const listen = () => {
    listening = new EventSource(live.dataset.live);
    listening.addEventListener("state", (event) => {
      newest = JSON.parse(event.data);
      refresh();
    });
    listening.addEventListener("over", sayLoggedOut);
    listening.addEventListener("error", listenAgain);
  };
  listen();
  document.addEventListener("visibilitychange", refresh);
  live.addEventListener("focusout", () => setTimeout(refresh, 300));
  live.addEventListener("toggle", () => setTimeout(refresh, 300), true);
}
