// Offers on the card: focus and the fold stay where they were while the region renews itself. All of it also works without.
"use strict";

const offering = () => document.getElementById("offers");
const visible = (element) => element.offsetParent !== null && !element.disabled;
const FOCUSABLE = "button, a[href], input:not([type=hidden]), select";

// Opened by its key: the focus is on the first thing that can be done there.
document.addEventListener(
  "toggle",
  (event) => {
    const fold = event.target;
    if (!fold.matches?.(".offering__fold") || !fold.open || !fold.contains(document.activeElement) && document.activeElement !== document.body) return;
    [...fold.querySelectorAll(FOCUSABLE)].find(visible)?.focus();
  },
  true,
);

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-to-reasons]")) return;
  const first = document.querySelector("#reason [name=reason]");
  if (!first || first.offsetParent === null) return;
  event.preventDefault();
  first.focus();
});

// The region came anew: what was open is open, what was typed stands there, and the focus goes on beside where it was.
let before;
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const region = offering();
  if (!region || !(ctx.sourceElement === region || region.contains(ctx.sourceElement))) return;
  const within = region.contains(document.activeElement) ? document.activeElement : null;
  before = { open: region.querySelector(".offering__fold")?.open, focus: within && (within.id || within.value || "first") };
});
document.addEventListener("htmx:after:swap", () => {
  const region = offering();
  if (!before || !region) return;
  const { open, focus } = before;
  before = undefined;
  const fold = region.querySelector(".offering__fold");
  if (fold && open) fold.open = true;
  if (!focus) return;
  const told = region.querySelector("[data-focus-offers]");
  const same = [...region.querySelectorAll(FOCUSABLE)].find((one) => visible(one) && (one.id === focus || one.value === focus));
  (told ?? same ?? [...region.querySelectorAll(FOCUSABLE)].find(visible) ?? document.getElementById("person"))?.focus();
});
