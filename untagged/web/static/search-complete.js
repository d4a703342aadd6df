// The list under the search bar: fields and values that may stand at the caret.
// An ARIA combobox with a list that is chosen from by hand (APG, "list autocomplete with manual
// selection"): nothing is chosen until an arrow key is pressed, so that Enter searches as ever.
"use strict";
{
  const PAUSE_MS = 80;
  const bar = document.querySelector("form.search").elements.q;
  const list = document.createElement("ul");
  const told = document.createElement("p");
  let found = { start: 0, end: 0, options: [] };
  let active = -1;
  let asking = new AbortController();
  let timer = 0;

  list.id = "completions";
  list.className = "completions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", say("What may stand here"));
  list.hidden = true;
  told.className = "unseen";
  told.setAttribute("role", "status");
  bar.after(list, told);
  bar.setSelectionRange(bar.value.length, bar.value.length); // one goes on behind what is there
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-haspopup": "listbox",
    "aria-controls": list.id,
    "aria-expanded": "false",
  })) bar.setAttribute(name, value);

  // The server counts characters, a page halves of them.
  const characters = (text) => [...text].length;
  const halves = (text, count) => [...text].slice(0, count).join("").length;

  function typed(event) {
    if (event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  }

  async function ask() {
    clearTimeout(timer);
    asking.abort();
    const { signal } = (asking = new AbortController());
    if (bar.selectionStart !== bar.selectionEnd) return close();
    const text = bar.value;
    const at = characters(text.slice(0, bar.selectionStart));
    try {
      const answer = await fetch(`/search/complete?${new URLSearchParams({ q: text, at })}`, { signal });
      const said = answer.ok ? await answer.json() : { options: [] };
      if (signal.aborted || bar.value !== text || document.activeElement !== bar) return;
      show(said);
    } catch {
      if (!signal.aborted) close(); // the bar works without
    }
  }

  function show(said) {
    found = said;
    const options = said.options.map((option, number) => {
      const item = document.createElement("li");
      item.id = `completion-${number}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      const text = document.createElement("bdi");
      text.textContent = option.text;
      const hint = document.createElement("span");
      hint.className = "quiet";
      hint.textContent = option.hint;
      item.append(text, " ", hint);
      return item;
    });
    list.replaceChildren(...options);
    list.hidden = !options.length;
    bar.setAttribute("aria-expanded", String(!list.hidden));
    choose(-1);
    told.textContent = options.length
      ? say("%(n)s suggestions, arrow down to choose", { n: options.length })
      : "";
  }

  function close() {
    clearTimeout(timer);
    asking.abort();
    show({ start: 0, end: 0, options: [] });
  }

  function choose(number) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = number;
    const item = list.children[active];
    if (!item) return bar.removeAttribute("aria-activedescendant");
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    bar.setAttribute("aria-activedescendant", item.id);
  }

  function take(number) {
    const { insert } = found.options[number];
    const start = halves(bar.value, found.start);
    const end = halves(bar.value, found.end);
    const isField = insert.endsWith(":");
    const behind = isField || bar.value.length > end ? "" : " ";
    bar.setRangeText(insert + behind, start, end, "end");
    close();
    bar.dispatchEvent(new Event("input")); // what looks at the query while one types, looks again
    if (isField) ask();
    else close();
  }

  function pressed(event) {
    if (event.isComposing) return;
    const count = list.children.length;
    if (list.hidden) {
      if (event.key === "ArrowDown") ask();
      return;
    }
    if (event.key === "ArrowDown") choose(active + 1 < count ? active + 1 : -1);
    else if (event.key === "ArrowUp") choose(active < 0 ? count - 1 : active - 1);
    else if (event.key === "Escape") close();
    else if ((event.key === "Enter" || event.key === "Tab") && active >= 0 && !event.shiftKey) take(active);
    else return;
    event.preventDefault(); // also of Escape, which would empty the bar
  }

  bar.addEventListener("input", typed);
  bar.addEventListener("keydown", pressed);
  bar.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the bar keeps the focus
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) take([...list.children].indexOf(item));
  });
}
