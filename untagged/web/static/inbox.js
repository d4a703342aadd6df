// In the list of cases: a box that ticks all of the page, and who is at which case now.
"use strict";
{
  const LOOK_MS = 10_000;
  const all = document.querySelector("input.all");
  const boxes = [...document.querySelectorAll("input[name=case]")];
  const ticked = document.querySelector("[data-ticked]");
  const places = [...document.querySelectorAll("[data-at]")];

  function count() {
    const number = boxes.filter((box) => box.checked).length;
    all.checked = number === boxes.length;
    all.indeterminate = number > 0 && number < boxes.length;
    ticked.textContent = number ? say("With %(n)s ticked", { n: number }) : say("With the ticked cases");
  }

  async function look() {
    if (document.hidden) return;
    const ids = places.map((place) => place.dataset.at).join(",");
    try {
      const answer = await fetch(`/presence?ids=${ids}`);
      if (!answer.ok) return;
      const there = await answer.json();
      for (const place of places) {
        const said = there[place.dataset.at] ?? "";
        if (place.textContent !== said) place.textContent = said;
      }
    } catch (error) {
      // The cockpit is away for a moment; the next look tells.
    }
  }

  if (boxes.length) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      count();
    });
    for (const box of boxes) box.addEventListener("change", count);
    window.addEventListener("pageshow", count); // a browser may bring back the ticks of before
    document.addEventListener("visibilitychange", look);
    setInterval(look, LOOK_MS);
  }
}
