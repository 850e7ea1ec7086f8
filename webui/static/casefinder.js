// Every page works without this file; it only makes some things quicker.
"use strict";

const announce = (text) => {
  const live = document.getElementById("live");
  // Emptied first, so that the same words are read out again.
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 50);
};

const later = (wait, work) => {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), wait);
  };
};

// A long list with a filter box: narrowed while typing, without asking the server.
const narrowLists = () => {
  for (const box of document.querySelectorAll("input[data-filters]")) {
    const status = document.getElementById(`${box.dataset.filters}-status`);
    const rows = [...document.getElementById(box.dataset.filters).tBodies[0].rows];
    box.addEventListener("input", () => {
      const wanted = box.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        const chosen = row.querySelector("input:checked") !== null;
        row.hidden = !chosen && !row.cells[0].textContent.toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      status.textContent = `${shown} of ${rows.length} shown`;
    });
  }
};

// The results page: what changes is fetched and put in place; the address follows, the focus stays.
const refreshInPlace = () => {
  const form = document.getElementById("search-form");
  const parts = [".search-head", ".search-side", ".search-results"];
  if (!document.getElementById("search-page")) return;
  document.documentElement.classList.add("scripted");
  let running = new AbortController();
  let waiting = 0;

  const address = () => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      // What goes without saying stays out of the address, as in the server's own links.
      const usual = name === "mode" ? "best" : form.elements[name]?.dataset?.usual;
      if (value.trim() && value !== usual) query.append(name, value);
    }
    return `${form.getAttribute("action")}?${query}`;
  };

  const focusKey = () => {
    const held = document.activeElement;
    if (!held || !held.closest(parts.join())) return null;
    if (held.id) return `#${CSS.escape(held.id)}`;
    return held.matches("[rel~=nofollow]") ? "#results-heading" : null;
  };

  const sameControl = (fresh, name, value) =>
    [...fresh.querySelectorAll(`[name="${CSS.escape(name)}"]`)].find((held) => held.value === value);

  const busy = () => document.getElementById("main").hasAttribute("aria-busy");

  const hold = () => {
    running.abort();
    document.getElementById("main").removeAttribute("aria-busy");
  };

  const show = async (url, { push = true, focus = null } = {}) => {
    clearTimeout(waiting);
    waiting = 0;
    hold();
    running = new AbortController();
    const active = document.activeElement;
    const key = focus ?? focusKey();
    const control = active?.name ? [active.name, active.value] : null;
    const main = document.getElementById("main");
    main.setAttribute("aria-busy", "true");
    let page;
    try {
      const answer = await fetch(url, { signal: running.signal, headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(answer.status);
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch (problem) {
      if (problem.name !== "AbortError") location.assign(url);
      return;
    }
    const open = document.getElementById("filters")?.open;
    for (const part of parts) document.querySelector(part).replaceWith(page.querySelector(part));
    if (open) document.getElementById("filters").open = true;
    form.elements.q.value = page.getElementById("q").value;
    form.elements.mode.value = page.getElementById("mode").value;
    document.title = page.title;
    if (push) history.pushState(null, "", url);
    main.removeAttribute("aria-busy");
    const again = (control && sameControl(document.querySelector(".search-side"), ...control)) || (key && document.querySelector(key));
    if (again && !again.contains(document.activeElement)) again.focus({ preventScroll: focus === null });
    announce(document.getElementById("results-heading").textContent);
  };

  const apply = () => show(address());
  const soon = (wait) => {
    // An answer under way knows nothing of what was just chosen, and would put its own controls in its place.
    hold();
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      waiting = 0;
      if (form.checkValidity()) apply();
    }, wait);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    form.dispatchEvent(new Event("casefinder:close"));
    apply();
  });
  document.addEventListener("change", (event) => {
    const held = event.target;
    if (held.form !== form || held.id === "q") return;
    if (held.validity && !held.validity.valid) return;
    soon(200);
  });
  document.addEventListener("input", (event) => {
    const held = event.target;
    if (held.form === form && held.id !== "q" && (waiting || busy())) soon(800);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".search-head a, .search-results a, .histogram a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    const url = new URL(link.href.baseVal ?? link.href, location.href);
    if (url.pathname !== "/search" || url.origin !== location.origin) return;
    event.preventDefault();
    const turned = link.closest(".pagination, .nothing");
    show(url.pathname + url.search, { focus: turned ? "#results" : link.closest(".histogram") ? null : "#results-heading" });
    if (turned) scrollTo(0, 0);
  });
  addEventListener("popstate", () => {
    if (location.pathname === "/search" && !location.hash) show(location.pathname + location.search, { push: false });
  });
};

// Completion while typing: the ARIA combobox pattern with a list of suggestions.
const KINDS = { title: "Case study", council: "Council", theme: "Theme", funding: "Funder", phrase: "Words" };

const complete = () => {
  const box = document.getElementById("q");
  if (!box) return;
  const list = document.createElement("ul");
  list.id = "suggestions";
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  box.after(list);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-expanded", "false");
  box.setAttribute("aria-controls", list.id);
  let found = [];
  let active = -1;
  let asked = "";

  const close = () => {
    list.hidden = true;
    active = -1;
    asked = "";
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const point = (to) => {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = to;
    const option = list.children[active];
    if (!option) return box.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", option.id);
  };
  const choose = (held) => {
    close();
    if (held.kind === "phrase") {
      box.value = held.label;
      box.form.requestSubmit();
    } else {
      location.assign(held.url);
    }
  };
  const draw = () => {
    list.replaceChildren(...found.map((held, place) => {
      const option = document.createElement("li");
      option.id = `suggestion-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const label = document.createElement("span");
      label.textContent = held.label;
      const kind = document.createElement("span");
      kind.className = "kind";
      kind.textContent = held.count ? `${KINDS[held.kind]}, ${held.count}` : KINDS[held.kind];
      option.append(label, " ", kind);
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("click", () => choose(held));
      return option;
    }));
    active = -1;
    list.hidden = found.length === 0;
    box.setAttribute("aria-expanded", String(!list.hidden));
    if (found.length) announce(`${found.length} suggestion${found.length === 1 ? "" : "s"}`);
  };
  const ask = later(120, async () => {
    const typed = box.value.trim();
    if (typed.length < 2 || document.activeElement !== box) return close();
    asked = typed;
    try {
      const answer = await fetch(`/api/v1/suggest?q=${encodeURIComponent(typed.slice(0, 100))}`);
      if (!answer.ok || asked !== typed) return;
      found = (await answer.json()).suggestions;
      if (asked === typed) draw();
    } catch {
      close();
    }
  });

  box.addEventListener("input", ask);
  box.addEventListener("blur", close);
  box.form.addEventListener("casefinder:close", close);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) return ask();
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const places = found.length + 1;
      point(((active + 1 + step + places) % places) - 1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(found[active]);
    }
  });
};

// The basket: put in and take out without leaving the page.
const fillBasket = () => {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (form.id !== "basket-form" || !button || location.pathname === "/basket") return;
    event.preventDefault();
    const body = new URLSearchParams([[button.name, button.value]]);
    const answer = await fetch("/basket", { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok) return location.assign("/basket");
    const { count, full } = await answer.json();
    if (full) return location.assign("/basket?full=1");
    const added = button.name === "add";
    button.name = added ? "remove" : "add";
    button.classList.toggle("kept", added);
    button.firstChild.textContent = added ? "In your basket: take out" : "Put into basket";
    const badge = document.createElement("span");
    badge.className = "badge";
    badge.textContent = count;
    document.getElementById("basket-count").replaceChildren(...(count ? [" ", badge] : []));
    announce(`${count} case ${count === 1 ? "study" : "studies"} in your basket`);
  });
};

narrowLists();
complete();
fillBasket();
refreshInPlace();
