// Keys on the cards: j and k move, others press the card's buttons; what is corrected changes in
// its place. Letters act only while a card has the focus, so that nobody corrects by typing.
"use strict";
{
  const bar = document.querySelector("form.search").elements.q;
  const keys = document.querySelector("details.keys");
  const told = document.createElement("p");
  told.className = "unseen";
  told.setAttribute("role", "status");
  document.getElementById("content").append(told);

  const cards = () => [...document.querySelectorAll(".found")];

  function move(card, step) {
    const all = cards();
    const next = all[card ? all.indexOf(card) + step : 0];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const at = document.activeElement;
    if (at === bar && event.key === "Escape" && !event.defaultPrevented && cards().length) {
      event.preventDefault(); // which would empty the bar
      return move(null, 0);
    }
    if (at.matches("input, textarea, select")) return;
    const card = at.closest(".found");
    if (event.key === "?" && keys) {
      keys.open = !keys.open;
      if (keys.open) keys.scrollIntoView({ block: "nearest" });
    } else if (event.key === "/") bar.focus();
    else if (event.key === "j") move(card, 1);
    else if (event.key === "k") move(card, -1);
    else if (at === card) {
      const of = (all) => [...all].find((one) => (one.dataset.key ?? one.textContent) === event.key);
      const button = of(card.querySelectorAll("button[data-key]"));
      const set = button?.value ?? of(keys.querySelectorAll("kbd[data-set]"))?.dataset.set;
      if (!set) return;
      correct(card.querySelector("form.correct"), set);
    } else return;
    event.preventDefault();
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.correct")) return;
    event.preventDefault();
    correct(event.target, event.submitter.value);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("form.correct > a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    change(link.closest("form"), `${link.href}&${new URLSearchParams({ piece: true, q: bar.defaultValue })}`);
  });

  function correct(form, set) {
    const body = new URLSearchParams({
      mention: form.elements.mention.value,
      set,
      q: bar.defaultValue,
      piece: true,
      open: Boolean(form.querySelector(".choices")),
    });
    const headers = { "X-CSRF-Token": document.querySelector("meta[name=csrf-token]").content };
    change(form, form.action, { method: "POST", headers, body });
  }

  async function change(form, url, options) {
    const card = form.closest(".found");
    if (card.ariaBusy === "true") return;
    card.ariaBusy = "true";
    try {
      const answer = await fetch(url, options);
      // A parsed document runs no script; the server escaped the post.
      const parts = new DOMParser().parseFromString(await answer.text(), "text/html");
      const anew = parts.querySelector(".found");
      if (!answer.ok || !anew) throw new Error(parts.querySelector("main p")?.textContent ?? say("no answer"));
      card.replaceWith(anew);
      sayLocalTimes(anew);
      (options ? anew : (anew.querySelector(".choices button") ?? anew)).focus();
      told.textContent = parts.querySelector("[data-for=told]").textContent;
    } catch (error) {
      card.ariaBusy = null;
      const words = form.querySelector(".over") ?? form.appendChild(document.createElement("p"));
      words.className = "over";
      words.setAttribute("role", "alert");
      words.textContent = say("It was not corrected (%(why)s). Try again.", { why: error.message });
    }
  }
}
