// Keys in the list of cases and on a case. They press the page's own buttons and focus its own
// fields (data-key), so there is one way of doing each thing, and none where its form is missing.
"use strict";
{
  const OFF = "untagged-keys-off"; // who dictates to the browser must be able to (WCAG 2.1.4)
  const help = document.getElementById("keys");
  const isOn = help.querySelector("input");
  const shown = document.getElementById("keys-shown");
  const bulk = document.getElementById("bulk");
  const links = bulk ? [...document.querySelectorAll(".cases .what > a")] : [];
  let chosen;
  let isSent = false;

  const rowOf = (link) => link.closest("tr");
  const boxOf = (link) => rowOf(link).querySelector("input[name=case]");
  const isField = (at) => at.matches("textarea, select, input:not([type=checkbox], [type=radio])");

  function choose(link) {
    chosen?.removeAttribute("aria-current");
    chosen = link;
    chosen.setAttribute("aria-current", "true");
  }

  function move(step) {
    const next = links[chosen ? links.indexOf(chosen) + step : 0];
    next?.focus(); // which chooses it, and scrolls to it
    return Boolean(next);
  }

  // What nobody ticked is meant by standing at it; the tick shows what will be changed.
  function isMeant() {
    if (links.some((link) => boxOf(link).checked)) return true;
    if (chosen) boxOf(chosen).click();
    return Boolean(chosen);
  }

  function press(key) {
    const part = document.querySelector(`[data-key="${key}"]`);
    if (!part || isSent || (bulk && !isMeant())) return false;
    if (part.matches("button")) part.click();
    else part.focus();
    return true;
  }

  function go(address) {
    location.assign(address);
    return true;
  }

  function inList(key) {
    if (key === "j" || key === "ArrowDown") return move(1);
    if (key === "k" || key === "ArrowUp") return move(-1);
    if (!chosen) return false;
    if (key === "x") boxOf(chosen).click();
    else if (key === "o" || (key === "Enter" && !document.activeElement.matches("a, button, summary"))) chosen.click();
    else if (key === "n") go(`${chosen.href}#note`);
    else if (key === "r") go(`${chosen.href}#reply`);
    else return false;
    return true;
  }

  function act(key) {
    if (key === "?") {
      help.showModal();
      return true;
    }
    if (!isOn.checked) return false;
    if (key === "/") return go("/search");
    return (bulk && inList(key)) || (/^[a-z]$/.test(key) && press(key));
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) return;
    if (isField(document.activeElement)) return;
    if (event.repeat && !/^(j|k|Arrow.*)$/.test(event.key)) return;
    if (act(event.key)) event.preventDefault();
  });

  document.addEventListener("focusin", (event) => {
    const link = links.find((one) => rowOf(one).contains(event.target));
    if (link && link !== chosen) choose(link);
  });
  document.addEventListener("submit", (event) => {
    isSent = event.target.method === "post" && !event.defaultPrevented; // a key may bounce
  });
  window.addEventListener("pageshow", () => (isSent = false));

  isOn.checked = !localStorage.getItem(OFF);
  isOn.addEventListener("change", () => {
    if (isOn.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  });
  shown.hidden = false;
  shown.addEventListener("click", () => help.showModal());
}
