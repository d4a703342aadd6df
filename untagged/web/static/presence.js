// Tells colleagues that this case is open here, or that an answer is being written, and shows who
// else is at it. Without this script the page shows who was there when it was made.
"use strict";
for (const place of document.querySelectorAll("#presence")) {
  const LOOK_MS = 5_000;
  const BEAT_MS = 15_000; // a third of how long presence lasts (cases/presence.py)
  const FRESH_MS = 60_000;
  const address = `/presence/${place.dataset.case}`;
  const words = place.querySelector("span");
  const again = place.querySelector("a");
  const box = document.querySelector("form.reply textarea[name=text]");
  const isAgent = "agent" in place.dataset;
  const csrf = document.querySelector("meta[name=csrf-token]").content;
  // One of several pages of the same person may be closed; crypto.randomUUID is for https alone.
  const page = [...crypto.getRandomValues(new Uint32Array(4))].map((one) => one.toString(36)).join("");
  let typedAt = -Infinity;
  let beatAt = -Infinity;
  let told = "";

  function doing() {
    const isWriting = box?.value.trim() && performance.now() - typedAt < FRESH_MS;
    return isWriting ? "writing" : "looking";
  }

  async function beat() {
    const now = doing();
    if (!isAgent || (now === told && performance.now() - beatAt < BEAT_MS)) return;
    [told, beatAt] = [now, performance.now()];
    await fetch(address, { method: "POST", body: new URLSearchParams({ do: now, page, csrf }) });
  }

  async function look() {
    const answer = await fetch(address);
    if (!answer.ok) return;
    const { said, is_answering: isAnswering, version } = await answer.json();
    if (words.textContent !== said) words.textContent = said; // a live region reads what changes
    words.className = isAnswering ? "chip warn" : "";
    again.hidden = String(version) === place.dataset.version;
  }

  async function turn() {
    if (document.hidden) return;
    try {
      await beat();
      await look();
    } catch (error) {
      beatAt = -Infinity; // the cockpit is away or the page is going; the next turn tries again
    }
  }

  box?.addEventListener("input", () => {
    typedAt = performance.now();
    if (doing() !== told) turn();
  });
  document.addEventListener("visibilitychange", turn);
  window.addEventListener("pageshow", turn);
  window.addEventListener("pagehide", () => {
    told = "";
    if (isAgent) navigator.sendBeacon(address, new URLSearchParams({ do: "gone", page, csrf }));
  });
  setInterval(turn, LOOK_MS);
}
