// SPDX-License-Identifier: GPL-3.0-or-later
//
// Steps through an exported page. The page is whole without it; all that it shows stands in the page. It stands within
// the page as it is here, and the page is XML, too: no ampersand and no less-than sign. What it says comes from the page,
// in the page's language.
//
// Position n: rows 1 to n have happened, the n-th is the present one. What stands behind the rows (the connections, and
// why) is shown when all have: it would tell the end. Where the page asks something it begins with the first row alone,
// and the key a opens the answers, one by one, then closes them.
"use strict";
(function () {
  const rows = Array.from(document.querySelectorAll(".run tbody tr"));
  const answers = Array.from(document.querySelectorAll("details.answer"));
  const after = Array.from(document.querySelectorAll(".after"));
  const bar = document.getElementById("bar");
  if (!bar || rows.length === 0) return;
  const say = document.getElementById("say");
  const buttons = {};
  for (const id of ["first", "back", "on", "last"]) buttons[id] = document.getElementById(id);
  let at = rows.length;

  function filled(text, parts) {
    return text.replace(/\{(\w+)\}/g, function (all, name) { return parts[name]; });
  }

  function show(n, moves) {
    at = Math.max(1, Math.min(rows.length, n));
    const over = at === rows.length;
    rows.forEach(function (row, i) {
      row.hidden = i >= at;
      if (i === at - 1) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
    for (const table of document.querySelectorAll("table.run"))
      table.closest(".scene").hidden = !table.querySelector("tbody tr:not([hidden])");
    for (const part of after) part.hidden = !over;
    const row = rows[at - 1];
    say.textContent = "";
    const now = document.createElement("span");
    now.className = "now";
    now.textContent = filled(row.dataset.of ? bar.dataset.stepOf : bar.dataset.step, { step: at, steps: rows.length,
      client: row.dataset.client, server: row.dataset.server, of: row.dataset.of });
    say.append(now);
    const heard = document.createElement("span");
    heard.className = "hidden";
    heard.textContent = ". " + row.textContent.replace(/\s+/g, " ").trim();
    say.append(heard);
    const focused = document.activeElement;
    buttons.first.disabled = buttons.back.disabled = at === 1;
    buttons.on.disabled = buttons.last.disabled = over;
    if (focused) if (focused.disabled) (at === 1 ? buttons.on : buttons.back).focus();
    if (moves) row.scrollIntoView({ block: "center" });
  }

  function answer() {
    const next = answers.find(function (part) { return !part.open; });
    if (next) next.open = true;
    else for (const part of answers) part.open = false;
    if (next) next.scrollIntoView({ block: "nearest" });
  }

  const acts = {
    answer: answer,
    first: function () { show(1, true); },
    back: function () { show(at - 1, true); },
    on: function () { show(at + 1, true); },
    last: function () { show(rows.length, true); }
  };
  const keys = { ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "last", h: "back", l: "on", a: "answer" };
  for (const id in buttons) buttons[id].addEventListener("click", acts[id]);
  document.addEventListener("keydown", function (event) {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    acts[act]();
  });

  // A finger that goes to the left pulls the next step in. Two fingers zoom.
  let from = null;
  document.addEventListener("touchstart", function (event) {
    from = event.touches.length === 1 ? event.touches[0] : null;
  }, { passive: true });
  document.addEventListener("touchend", function (event) {
    const to = event.changedTouches[0];
    if (!from || !to) return;
    const x = to.clientX - from.clientX, y = to.clientY - from.clientY;
    from = null;
    if (Math.abs(x) > 60) if (Math.abs(x) > 2 * Math.abs(y)) acts[x > 0 ? "back" : "on"]();
  }, { passive: true });

  // A reader on paper gets all of it.
  let before = 0, opened = [];
  window.addEventListener("beforeprint", function () {
    before = at;
    opened = answers.filter(function (part) { return !part.open; });
    for (const part of opened) part.open = true;
    show(rows.length, false);
  });
  window.addEventListener("afterprint", function () {
    for (const part of opened) part.open = false;
    if (before) show(before, false);
  });

  document.documentElement.classList.add("steps");
  bar.hidden = false;
  const asked = /^#step=(\d+)$/.exec(location.hash);
  const asks = document.querySelector(".question");
  for (const part of answers) part.querySelector("summary").append(" " + bar.dataset.key);
  show(asked ? Number(asked[1]) : asks ? 1 : rows.length, Boolean(asked));
})();
