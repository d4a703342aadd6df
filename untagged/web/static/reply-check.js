// While one writes a reply: how long it is as the platform counts, and what to mend in its tone.
// The server makes the piece, with every text escaped; here it is only put in its place.
"use strict";
for (const form of document.querySelectorAll("form[data-check]")) {
  const PAUSE_MS = 400;
  const { text, private: isPrivate } = form.elements;
  const place = form.querySelector("#checked");
  let looking = new AbortController();
  let timer = 0;

  async function look() {
    looking.abort();
    const { signal } = (looking = new AbortController());
    const headers = { "X-CSRF-Token": document.querySelector("meta[name=csrf-token]").content };
    const body = new URLSearchParams({ text: text.value, private: isPrivate.checked });
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body, headers, signal });
      const piece = answer.ok ? await answer.text() : "";
      if (signal.aborted) return; // newer words came: this answer is old
      if (answer.ok) put(piece);
      else failed();
    } catch (error) {
      if (!signal.aborted) failed();
    }
  }

  function put(piece) {
    // Should markup ever slip through: a parsed document runs no script, and the page's
    // Content-Security-Policy lets no handler run nor anything load from elsewhere.
    place.replaceChildren(...new DOMParser().parseFromString(piece, "text/html").body.childNodes);
  }

  function failed() {
    const words = document.createElement("p");
    words.className = "quiet";
    words.textContent = say("The cockpit could not look at this just now; press Check to try again.");
    place.replaceChildren(words);
  }

  function changed() {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  }

  text.addEventListener("input", changed);
  isPrivate.addEventListener("change", changed);
}
