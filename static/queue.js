// What happens on the queue's page besides keys: focus and words after a swap, and the live list.
"use strict";

const desk = () => document.getElementById("desk");

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
const isLate = (ctx) => ctx.sourceElement.id !== "list" && ctx.askedOf !== desk()?.dataset.task;
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  if (!isLate(ctx)) return;
  ctx.hx = {};
  event.preventDefault();
});
// The next card can come between the head of such an answer and its body.
document.addEventListener("htmx:before:swap", (event) => {
  if (event.detail?.ctx && isLate(event.detail.ctx)) event.preventDefault();
});

// --- the list: never moved under the pointer, never while a row has the focus -------------------------------------

const isBusy = (list) => list.matches(":hover") || list.contains(document.activeElement);
let isAskedFor = false;
// How many of the rows in the answer are not in the list yet.
const newRows = (list, text) => {
  const ids = [...text.matchAll(/<li id="(row-[^"]*)"/g)].map((found) => found[1]);
  return ids.filter((id) => !list.querySelector(`#${CSS.escape(id)}`)).length;
};
document.addEventListener("htmx:before:swap", (event) => {
  const ctx = event.detail?.ctx;
  const list = document.getElementById("list");
  if (!list || ctx?.sourceElement !== list || isAskedFor || !isBusy(list)) return;
  event.preventDefault();
  const button = list.querySelector("[data-do=refresh]");
  const count = newRows(list, ctx.text ?? "");
  button.querySelector("span").textContent = count ? `${count} new, show` : "Show what changed";
  button.hidden = false;
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-do=refresh]")) return;
  isAskedFor = true;
  htmx.trigger("#list", "queue-moved");
});
document.addEventListener("htmx:finally:request", (event) => {
  if (event.detail?.ctx?.sourceElement?.id === "list") isAskedFor = false;
});
