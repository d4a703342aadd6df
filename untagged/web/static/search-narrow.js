// Narrowing: dates that one types choose "these dates"; dragging over the bars fills them in and
// searches. On a narrow screen the facets stand folded over the results, not unfolded.
"use strict";
{
  const { period, since, until } = document.querySelector("form.search").elements;
  const facets = document.querySelector("details.facets-of");
  if (facets && matchMedia("(max-width: 800px)").matches) facets.open = false;

  for (const field of [since, until]) {
    field.addEventListener("input", () => {
      period.value = "dates";
      period.dispatchEvent(new Event("change"));
    });
  }
  period.addEventListener("change", () => {
    if (period.value === "dates") since.closest("details").open = true;
  });

  const bars = document.querySelector(".timeline-bars svg");
  if (bars) draggable(bars);

  function draggable(svg) {
    const count = Number(svg.dataset.count);
    const width = svg.viewBox.baseVal.width / count;
    const start = Date.parse(svg.dataset.start);
    const chosen = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    chosen.setAttribute("class", "chosen");
    chosen.setAttribute("y", "0");
    chosen.setAttribute("height", svg.viewBox.baseVal.height);
    let from = null;

    const at = (event) => {
      const box = svg.getBoundingClientRect();
      const number = Math.floor(((event.clientX - box.left) / box.width) * count);
      return Math.min(Math.max(number, 0), count - 1);
    };
    const moment = (number) =>
      new Date(start + number * Number(svg.dataset.seconds) * 1000).toISOString().replace(/:00\.000Z$/, "Z");

    function show(to) {
      chosen.setAttribute("x", Math.min(from, to) * width);
      chosen.setAttribute("width", (Math.abs(to - from) + 1) * width);
      svg.append(chosen);
    }

    function stop() {
      from = null;
      chosen.remove();
    }

    svg.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      from = at(event);
      svg.setPointerCapture(event.pointerId);
      show(from);
    });
    svg.addEventListener("pointermove", (event) => {
      if (from !== null) show(at(event));
    });
    svg.addEventListener("pointercancel", stop);
    svg.addEventListener("pointerup", (event) => {
      if (from === null) return;
      const to = at(event);
      const [first, last] = [Math.min(from, to), Math.max(from, to)];
      since.value = moment(first);
      until.value = moment(last + 1);
      period.value = "dates";
      since.form.requestSubmit();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") stop();
    });
  }
}
