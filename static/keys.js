// Keys and the palette. The palette's rows are the one list of commands; each is done by the element on the page that
// carries its name in data-do. Without script those buttons remain.
"use strict";

const work = document.querySelector(".work");
const palette = document.getElementById("palette");
const asking = document.getElementById("palette-q");
const say = (text) => {
  const region = document.getElementById("status");
  if (region && text) region.textContent = text;
};

// --- finding and pressing what does a command --------------------------------------------------------------------

const isSeen = (element) => element.offsetParent !== null || element.matches("input, .menu__list button, .menu__list a");
const doers = (name) => [...document.querySelectorAll(`[data-do~="${name}"]`)];
const doer = (name) => doers(name).find((element) => isSeen(element) && !element.disabled && !element.hidden);

// What an outcome asks for is the next thing to answer: with the keys, the focus goes straight there.
const asked = (outcome) => {
  const part = outcome.name === "outcome" && document.querySelector(`.after__ask--${outcome.value}`);
  if (!part) return undefined;
  return part.querySelector("[data-ask]") ?? part.querySelector("select, input:checked") ?? part.querySelector("input");
};

const press = (element) => {
  if (!element || element.disabled) return false;
  if (element.matches("input[type=radio]")) {
    const menu = element.closest("details");
    if (menu) menu.open = true;
    element.checked = true;
    element.dispatchEvent(new Event("change", { bubbles: true }));
    (asked(element) ?? element).focus();
  } else if (element.matches("textarea")) {
    element.focus();
  } else if (element.matches("details")) {
    unfold(element);
  } else {
    element.click();
  }
  return true;
};

// A fold opens with the focus on its first choice, and closes with the focus back on its name.
const unfold = (fold) => {
  fold.open = !fold.open;
  const inside = "input:checked, input:not([type=hidden]), button, a[href], select, textarea";
  const goal = fold.open ? fold.querySelector(inside) : fold.querySelector("summary");
  goal?.focus();
  fold.scrollIntoView({ block: "nearest" });
};

const move = (by) => {
  const rows = [...document.querySelectorAll("#list .row")];
  if (!rows.length) return true;
  const at = rows.indexOf(document.activeElement);
  const from = at < 0 ? rows.findIndex((row) => row.hasAttribute("aria-current")) : at;
  rows[Math.max(0, Math.min(rows.length - 1, from < 0 ? 0 : from + by))].focus();
  return true;
};

// On a phone one part is in sight: going to something in another part brings that part first.
const show = (name) => {
  const pane = doers(name).find((element) => !element.disabled)?.closest(".pane[id]");
  if (pane && pane.offsetParent === null) location.hash = `#${pane.id}`;
  return doer(name);
};

const openPalette = (mode) => {
  palette.dataset.mode = mode;
  asking.value = "";
  document.getElementById("found").replaceChildren();
  narrow();
  palette.showModal();
  asking.focus();
  return true;
};

const OWN = {
  "row-after": () => move(1),
  "row-before": () => move(-1),
  palette: () => openPalette("all"),
  find: () => openPalette("find"),
  keys: () => document.getElementById("keys").showModal() ?? true,
  // Call is pressed where nobody may ring: say why instead of nothing.
  call: () => press(doer("call")) || (say(document.getElementById("withheld")?.textContent.trim()) ?? true),
};
const run = (name) => (OWN[name] ? OWN[name]() : press(show(name)));
const can = (name) => Boolean(OWN[name] && !["call", "save"].includes(name)) || doers(name).some((one) => !one.disabled && !one.hidden);

// Saving is of the form that the rep is in.
const submit = (name) => {
  const other = document.activeElement?.closest?.("details[data-do] form, dialog form");
  if (!other) return press(show(name));
  other.requestSubmit();
  return true;
};
OWN.save = () => submit("save");

// --- the keymap, read off the palette ------------------------------------------------------------------------------

const rows = () => [...palette.querySelectorAll("[data-run]")];
const keymap = new Map(rows().flatMap((row) => row.dataset.keys.split(" ").filter(Boolean).map((key) => [key, row.dataset.run])));
keymap.set("Ctrl+k", "palette");

// A digit in a choice list is a key like elsewhere; letters look up its entries.
const isTyping = (target, key) =>
  target.closest("textarea, [contenteditable]") ||
  (target.closest("select") && !/^[0-9]$/.test(key)) ||
  (target.closest("input") && !["radio", "checkbox", "button", "submit"].includes(target.type));

const singles = () => document.getElementById("shortcuts")?.dataset.shortcuts !== "off";

const pressed = (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const typing = isTyping(event.target, key);
  if (event.ctrlKey || event.metaKey) {
    const name = keymap.get(`Ctrl+${event.shiftKey && key.length > 1 ? "Shift+" : ""}${key}`);
    if (!name || (name === "undo" && typing)) return false;
    if (name === "palette" && palette.open) return palette.close() ?? true;
    return document.querySelector("dialog[open]") ? false : run(name);
  }
  const alone = singles() ? !event.altKey : event.altKey;
  if (!alone || typing || document.querySelector("dialog[open]") || key === "Enter" || key === "Escape") return false;
  const name = keymap.get(key);
  return name ? run(name) : false;
};

// Esc leaves a field first, then closes the fold around it.
const leave = (target) => {
  const fold = target.closest("details[data-do][open]");
  if (isTyping(target, "Escape")) target.blur();
  if (!fold) return;
  fold.open = false;
  fold.querySelector("summary").focus();
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.repeat) return;
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) leave(event.target);
  if (pressed(event)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-do~=keys], [data-do~=palette], [data-do~=find]");
  if (!opener) return;
  event.preventDefault();
  OWN[opener.dataset.do]();
});

// --- the palette -----------------------------------------------------------------------------------------------------

const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
const narrow = () => {
  const wanted = words(asking.value);
  let left = 0;
  for (const row of rows()) {
    const has = row.parentElement.dataset.words;
    const shown = palette.dataset.mode !== "find" && can(row.dataset.run) && wanted.every((word) => has.includes(word));
    row.parentElement.hidden = !shown;
    left += shown ? 1 : 0;
  }
  return left;
};
const choices = () => [...palette.querySelectorAll("li:not([hidden]) > .row")];

const tell = () => {
  const carts = document.querySelectorAll("#found .row").length;
  const left = narrow();
  const many = (count, word) => (count ? `${count} ${word}${count > 1 ? "s" : ""}` : "");
  const parts = [many(left, "command"), many(carts, "cart")].filter(Boolean);
  document.getElementById("palette-said").textContent = parts.join(", ") || (asking.value ? "Nothing found" : "");
};
let isHurried = false; // Enter before the answer came: the first cart of the answer opens
asking.addEventListener("input", () => {
  isHurried = false;
  tell();
});
new MutationObserver(() => {
  tell();
  if (isHurried) document.querySelector("#found .row")?.click();
  isHurried = false;
}).observe(document.getElementById("found"), { childList: true });

palette.addEventListener("keydown", (event) => {
  const all = choices();
  const at = all.indexOf(document.activeElement);
  if (event.key === "Escape") {
    event.preventDefault(); // a search field would keep the first one for itself
    palette.close();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const to = at + (event.key === "ArrowDown" ? 1 : -1);
    (to < 0 ? asking : all[Math.min(to, all.length - 1)])?.focus();
  } else if (event.key === "Enter" && at < 0) {
    event.preventDefault();
    if (all.length && asking.value) all[0].click();
    else isHurried = asking.value.trim().length > 1;
  } else if (event.key.length === 1 && at >= 0 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " ") {
    asking.focus();
  }
});
palette.addEventListener("click", (event) => {
  const row = event.target.closest("[data-run]");
  if (!row && event.target !== palette) return;
  palette.close();
  if (row) run(row.dataset.run);
});

// An outcome chosen under More is chosen; the menu has done its work. On a phone what the outcome asks for stands below
// the fold: it comes into sight.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[name=outcome]")) return;
  const menu = event.target.closest("details.menu");
  if (menu) menu.open = false;
  if (matchMedia("(pointer: coarse)").matches) asked(event.target)?.closest(".after__ask").scrollIntoView({ block: "center" });
});
