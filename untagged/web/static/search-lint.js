// While one types in the search bar: what the query so far would find, and what looks wrong.
// The server makes the pieces, with every post escaped; here they are only put in their places.
"use strict";
{
  const PAUSE_MS = 300;
  const AGAIN_MS = 1000;
  const TRIES = 5;
  const form = document.querySelector("form.search");
  const { q: bar, period, since, until } = form.elements;
  const said = document.getElementById("lint");
  const sample = document.getElementById("sample");
  const ofPage = [...said.childNodes];
  const periodOfPage = [...period.options].find((option) => option.defaultSelected)?.value ?? period.value;
  const keyOfPage = key(bar.defaultValue, periodOfPage, since.defaultValue, until.defaultValue);
  let shown = keyOfPage;
  let asked = null; // while it is in flight
  let looking = new AbortController();
  let timer = 0;

  function key(text = bar.value, ...within) {
    const [named, from, to] = within.length ? within : [period.value, since.value, until.value];
    return [named, ...(named === "dates" ? [from, to] : []), text.trim()].join(" ");
  }

  function changed(event) {
    if (event?.isComposing) return; // half a character of an input method is no query yet
    const wanted = key();
    if (wanted === asked) return;
    clearTimeout(timer);
    looking.abort();
    asked = null;
    if (wanted === shown) return;
    timer = setTimeout(look, PAUSE_MS);
  }

  async function look(tries = TRIES) {
    looking.abort();
    const { signal } = (looking = new AbortController());
    const text = bar.value.trim();
    asked = key();
    if (asked === keyOfPage) return show(ofPage);
    if (!text) return show();
    try {
      const query = new URLSearchParams({ q: text, period: period.value, since: since.value, until: until.value });
      const answer = await fetch(`/search/lint?${query}`, { signal, cache: "no-store" });
      const piece = answer.ok ? await answer.text() : "";
      if (signal.aborted) return; // newer text came: this answer is old
      if (answer.ok) put(piece);
      else if (answer.status === 503 && tries) timer = setTimeout(look, AGAIN_MS, tries - 1);
      else failed();
    } catch (error) {
      if (!signal.aborted) failed();
    }
  }

  function put(piece) {
    // Should markup ever slip through: a parsed document runs no script, and the page's
    // Content-Security-Policy lets no handler run nor anything load from elsewhere.
    const parts = new DOMParser().parseFromString(piece, "text/html");
    const of = (name) => parts.querySelector(`[data-for=${name}]`)?.childNodes ?? [];
    show(of("lint"), of("sample"));
  }

  function failed() {
    const words = document.createElement("p");
    words.className = "quiet";
    words.textContent = say("The cockpit could not look at this query just now; Search may still answer.");
    show([words]);
    shown = null; // the same text may be asked for again
  }

  function show(words = [], posts = []) {
    shown = asked;
    asked = null;
    if (said.contains(document.activeElement)) bar.focus(); // what had the focus goes
    said.replaceChildren(...words);
    sample.replaceChildren(...posts);
    sayLocalTimes(sample);
    const error = said.querySelector("#error");
    bar.toggleAttribute("aria-invalid", false);
    bar.toggleAttribute("aria-describedby", false);
    if (error) {
      bar.setAttribute("aria-invalid", "true");
      bar.setAttribute("aria-describedby", error.id);
    }
    for (const caret of said.querySelectorAll(".caret")) showCaret(caret);
  }

  function showCaret(caret) {
    const line = caret.parentElement;
    const spaces = caret.textContent.lastIndexOf(" ") + 1;
    const at = (caret.offsetWidth * spaces) / caret.textContent.length;
    line.scrollLeft = at - line.clientWidth / 2;
  }

  bar.addEventListener("input", changed);
  bar.addEventListener("compositionend", changed);
  period.addEventListener("change", changed);
  window.addEventListener("pageshow", changed); // a browser may bring back the text of before
  said.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-query]");
    if (!button) return;
    bar.value = button.dataset.query;
    bar.focus();
    clearTimeout(timer);
    look();
  });
}
