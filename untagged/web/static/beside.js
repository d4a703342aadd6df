// On a wide screen a case of the list is shown beside it, and the address keeps which (#case-7). A
// second click, or any on a narrow screen, opens its page, as all do without this script.
"use strict";
{
  const isWide = matchMedia("(min-width: 1200px)");
  const beside = document.getElementById("beside");
  const told = document.getElementById("beside-told");
  const links = [...document.querySelectorAll(".cases .what > a")];
  let shown = "";

  const named = (link) => `#case-${link.pathname.split("/").pop()}`;
  const wanted = () => links.find((link) => isWide.matches && named(link) === location.hash);

  async function show() {
    const link = wanted();
    beside.hidden = !link;
    if (!link) {
      shown = told.textContent = "";
      return;
    }
    if (shown === link.pathname) return;
    shown = link.pathname;
    beside.ariaBusy = "true";
    try {
      const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
      // A parsed document runs no script; the server escaped the posts.
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (link === wanted()) fill(link, page.querySelector("h1"), page.getElementById("said").parentNode);
    } catch (error) {
      if (link === wanted()) location.assign(link.href); // which says what is the matter
    }
  }

  function fill(link, title, said) {
    beside.querySelector("h2").replaceChildren(...title.childNodes);
    beside.querySelector("div").replaceChildren(...said.childNodes);
    for (const one of beside.querySelectorAll("[data-at]")) one.href = link.pathname + one.dataset.at;
    sayLocalTimes(beside);
    beside.scrollTop = 0;
    beside.ariaBusy = null;
    told.textContent = say("Case %(number)s is shown beside the list", { number: link.textContent });
  }

  function close() {
    history.pushState(null, "", location.pathname + location.search);
    show();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".cases .what > a");
    const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !isPlain || !isWide.matches || named(link) === location.hash) return;
    event.preventDefault();
    history.pushState(null, "", named(link));
    show();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !beside.hidden && !document.querySelector("dialog[open]")) close();
  });
  beside.querySelector("button").addEventListener("click", close);
  window.addEventListener("popstate", show);
  isWide.addEventListener("change", show);
  show();
}
