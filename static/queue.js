// The queue's keys and its live list. Every key presses a button that is on the page; without script the buttons remain.
"use strict";

const work = document.querySelector(".work");
const desk = () => document.getElementById("desk");
const say = (text) => {
  const region = document.getElementById("status");
  if (region && text) region.textContent = text;
};

// --- keys -------------------------------------------------------------------------------------------------------

// A digit in a choice list is a key like elsewhere; letters look up its entries.
const isTyping = (target, key) =>
  target.closest("textarea, [contenteditable]") ||
  (target.closest("select") && !/^[0-9]$/.test(key)) ||
  (target.closest("input") && !["radio", "checkbox", "button", "submit"].includes(target.type));

// What an outcome asks for is the next thing to answer: with the keys, the focus goes straight there.
const asked = (outcome) => {
  const part = outcome.name === "outcome" && document.querySelector(`.after__ask--${outcome.value}`);
  if (!part) return undefined;
  return part.querySelector("select, input[type=checkbox]") ?? part.querySelector("input:checked") ?? part.querySelector("input");
};

const press = (element) => {
  if (!element || element.disabled) return false;
  if (element.matches("input[type=radio]")) {
    const menu = element.closest("details");
    if (menu) menu.open = true;
    element.checked = true;
    element.dispatchEvent(new Event("change", { bubbles: true }));
    (asked(element) ?? element).focus();
  } else {
    element.click();
  }
  return true;
};

const isSeen = (element) => element.offsetParent !== null || element.matches("input, .menu__list button");

const withKey = (key) =>
  [...document.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key.split(" ").includes(key) && isSeen(element) && !element.disabled && !element.hidden,
  );

const move = (by) => {
  const rows = [...document.querySelectorAll("#list .row")];
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  const from = at < 0 ? rows.findIndex((row) => row.hasAttribute("aria-current")) : at;
  rows[Math.max(0, Math.min(rows.length - 1, from < 0 ? 0 : from + by))].focus();
};

// Call is pressed where nobody may ring: say why instead of nothing.
const withheld = () => {
  say(document.getElementById("withheld")?.textContent.trim());
  return true;
};

const saveBy = (name) => press(document.querySelector(`[data-do="${name}"]`));

const pressed = (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Enter" && (event.ctrlKey || event.metaKey)) return saveBy(event.shiftKey ? "save-pause" : "save");
  if (key === "/" && event.ctrlKey) return press(document.querySelector("[data-do=keys]"));
  if (key === "z" && (event.ctrlKey || event.metaKey) && !isTyping(event.target, key)) return press(withKey("u"));
  const alone = !event.ctrlKey && !event.metaKey && (work.dataset.shortcuts === "on" ? !event.altKey : event.altKey);
  if (!alone || isTyping(event.target, key) || document.querySelector("dialog[open]")) return false;
  if (key === "j") return move(1) ?? true;
  if (key === "k") return move(-1) ?? true;
  if (key === "a") {
    const note = document.getElementById("note");
    if (!note || !isSeen(note)) return false;
    note.focus();
    return true;
  }
  if (key === "c" && !withKey("c")) return press(document.querySelector("[data-testid=btn-end]")) || withheld();
  return press(withKey(key));
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.repeat) return;
  if (event.key === "Escape" && isTyping(event.target, event.key)) event.target.blur();
  if (pressed(event)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-do=keys]")) document.getElementById("keys").showModal();
});

// An outcome chosen under More is chosen; the menu has done its work.
document.addEventListener("change", (event) => {
  const menu = event.target.matches("[name=outcome]") && event.target.closest("details.menu");
  if (menu) menu.open = false;
});

// --- after a swap: focus and the live region --------------------------------------------------------------------

let shown = desk();
if (shown?.dataset.task && document.activeElement === document.body) document.getElementById("person")?.focus({ preventScroll: true });
const arrived = () => {
  if (desk() === shown || !desk()) return;
  shown = desk();
  const errors = shown.querySelector("#error-summary, .stale");
  const goal = errors || shown.querySelector("#person");
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  if (goal) {
    goal.tabIndex = -1;
    goal.focus();
    if (!errors) window.scrollTo(0, 0);
  }
  say(shown.dataset.said);
};
// The card alone was renewed: whoever pressed a button that is gone now goes on at the next one.
const renewed = () => {
  if (document.activeElement !== document.body) return;
  const goal = document.querySelector("#card [data-focus]") ?? document.querySelector("#outcome input[name=outcome]");
  if (goal && document.querySelector("[data-state=in_call], [data-state=wrap_up]")) goal.focus();
  else document.getElementById("person")?.focus({ preventScroll: true });
};
let card = document.getElementById("card");
new MutationObserver(() => {
  const present = document.getElementById("card");
  if (desk() !== shown) arrived();
  else if (present !== card) renewed();
  card = present;
}).observe(work, { childList: true, subtree: true });
document.addEventListener("said", (event) => say(event.detail?.words));

// --- an answer about a card that is no longer on the desk is let go: it would cover the card that is ----------------

document.addEventListener("htmx:before:request", (event) => {
  event.detail.ctx.askedOf = desk()?.dataset.task;
});
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceElement.id === "list" || ctx.askedOf === desk()?.dataset.task) return;
  ctx.hx = {};
  event.preventDefault();
});

// --- the list: never moved under the pointer, never while a row has the focus -------------------------------------

const isBusy = (list) => list.matches(":hover") || list.contains(document.activeElement);
let isAskedFor = false;
document.addEventListener("htmx:before:swap", (event) => {
  const ctx = event.detail?.ctx;
  const list = document.getElementById("list");
  if (!list || ctx?.sourceElement !== list || isAskedFor || !isBusy(list)) return;
  event.preventDefault();
  list.querySelector("[data-do=refresh]").hidden = false;
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-do=refresh]")) return;
  isAskedFor = true;
  htmx.trigger("#list", "queue-moved");
});
document.addEventListener("htmx:finally:request", (event) => {
  if (event.detail?.ctx?.sourceElement?.id === "list") isAskedFor = false;
});

// --- the connection ---------------------------------------------------------------------------------------------

const dot = document.querySelector("[data-testid=conn-dot]");
const word = document.querySelector("[data-conn]");
const usual = word?.textContent;
let retry = 0;
let tries = 0;
let unsaved; // the form whose save did not get through; what else gets through meanwhile does not save it

const online = (event) => {
  if (!dot?.classList.contains("dot--lost") && !unsaved) return;
  dot?.classList.remove("dot--lost");
  if (word) word.textContent = usual;
  if (unsaved?.isConnected && event.detail?.ctx?.sourceElement !== unsaved) return;
  unsaved = undefined;
  document.getElementById("notices").replaceChildren();
  tries = 0;
};

const lost = (form) => {
  dot?.classList.add("dot--lost");
  if (word) word.textContent = "No connection";
  if (!form?.isConnected || tries >= 24) return;
  unsaved = form;
  tries += 1;
  const bar = document.createElement("p");
  bar.className = "told cluster tone-stop";
  bar.setAttribute("role", "alert");
  const again = document.createElement("button");
  again.className = "btn btn--small";
  again.textContent = "Retry now";
  again.addEventListener("click", () => form.requestSubmit());
  bar.append("Not saved: no connection. What you typed is kept. Trying again in 5 s. ", again);
  document.getElementById("notices").replaceChildren(bar);
  clearTimeout(retry);
  retry = setTimeout(() => form.isConnected && form.requestSubmit(), 5000);
};

document.addEventListener("htmx:error", (event) => {
  const source = event.detail?.ctx?.sourceElement;
  lost(source?.id === "outcome-form" ? source : null);
});
document.addEventListener("htmx:after:request", online);
