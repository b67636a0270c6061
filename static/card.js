// The card while it is held: heartbeat, lease, copying, ringing, and drafts of notes. All of it also works without.
"use strict";

const status = () => document.getElementById("card-status");
const isBeat = (source) => source?.id === "card-status";
const said = (text) => {
  const region = document.getElementById("status");
  if (region) region.textContent = text;
};

// --- the heartbeat: only while the card is in sight ----------------------------------------------------------------

const beat = () => {
  const line = status();
  if (line?.hasAttribute("hx-post") && document.visibilityState === "visible") htmx.trigger(line, "beat");
};
setInterval(beat, Number(document.querySelector(".work").dataset.beat) * 1000);
document.addEventListener("card-ended", beat); // the list knows before the next beat would

// Whoever has gone away does not hold the cart: without a press or a move since the last beat, the lease runs on.
let moved = true;
for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"]) {
  document.addEventListener(kind, () => (moved = true), { passive: true, capture: true });
}
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (!isBeat(ctx.sourceElement)) return;
  if (!moved && status()?.dataset.state === "claimed") ctx.request.body.set("idle", "1");
  moved = false;
});

// --- the lease: counted down in sight, said aloud only at 2:00 and 0:30 -----------------------------------------------

let told = "";
const ends = new WeakMap(); // counted from when the line came: this computer's clock may be off
setInterval(() => {
  const lease = document.querySelector("[data-seconds]");
  if (!lease) return;
  if (!ends.has(lease)) ends.set(lease, performance.now() + Number(lease.dataset.seconds) * 1000);
  const left = Math.max(0, Math.round((ends.get(lease) - performance.now()) / 1000));
  lease.querySelector("[data-left]").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  lease.querySelector("[data-do=extend]").hidden = left > 120;
  const ring = lease.querySelector(".lease-ring");
  ring.toggleAttribute("hidden", left > 120);
  ring.lastElementChild.setAttribute("stroke-dashoffset", String(120 - Math.min(left, 120)));
  const mark = left <= 30 ? "30 seconds" : left <= 120 ? "2 minutes" : "";
  if (mark && mark !== told) said(`Held for you ${mark} more. Press Keep it to hold it longer.`);
  told = mark;
}, 1000);

// --- the line with Undo: how long until the email leaves, and how long Undo works -----------------------------------

const clockOf = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
const leftOf = (element, from) => {
  if (!ends.has(element)) ends.set(element, performance.now() + Number(from) * 1000);
  return Math.max(0, Math.round((ends.get(element) - performance.now()) / 1000));
};
setInterval(() => {
  for (const line of document.querySelectorAll("[data-gone]")) {
    const left = leftOf(line, line.dataset.gone);
    line.hidden = left === 0;
    line.querySelector("[data-undo-left]").textContent = `${Math.max(1, Math.floor(left / 60))} min`;
  }
  for (const mail of document.querySelectorAll("[data-mail]")) {
    const wait = leftOf(mail, mail.dataset.mail);
    const shown = mail.querySelector("[data-left]");
    if (wait && shown) shown.textContent = clockOf(wait);
    else if (shown) mail.textContent = "The email is leaving and cannot be called back.";
  }
}, 1000);

// --- copying, ringing --------------------------------------------------------------------------------------------

const copy = async (text, words) => {
  try {
    await navigator.clipboard.writeText(text);
    said(words);
    return true;
  } catch {
    return false;
  }
};

const dress = () => {
  for (const button of document.querySelectorAll("[data-do~=copy][hidden]")) button.hidden = !navigator.clipboard;
  for (const button of document.querySelectorAll("[data-do=insert][hidden], button[data-do=note][hidden]")) button.hidden = false;
  for (const slot of document.querySelectorAll("[data-yours]")) {
    const at = new Date(slot.dataset.yours);
    slot.textContent = `, yours ${at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })}`;
    delete slot.dataset.yours;
  }
  for (const note of document.querySelectorAll("textarea[data-draft]")) {
    if (!note.value) note.value = localStorage.getItem(`note ${note.dataset.draft}`) ?? "";
  }
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-do~=copy]");
  if (button && (await copy(button.dataset.copy, "Copied."))) {
    button.classList.add("btn--done");
    setTimeout(() => button.classList.remove("btn--done"), 1500);
  }
  if (event.target.closest("[data-do=extend]")) htmx.trigger(status(), "beat");
  if (event.target.closest("button[data-do=note]")) openNote();
  const snippet = event.target.closest("[data-do=insert]");
  if (snippet) insert(snippet.dataset.text);
});

// The note can be written before the outcome is known: during the call is when there is something to write.
const openNote = () => {
  const note = document.getElementById("note");
  note?.closest(".dock").classList.add("dock--note");
  note?.focus();
  return note;
};
const insert = (text) => {
  if (document.getElementById("outcome")?.offsetParent === null) location.hash = "#outcome";
  const note = openNote();
  if (!note) return;
  const before = note.value.slice(0, note.selectionStart);
  note.setRangeText(`${before && !/\s$/.test(before) ? " " : ""}${text} `, note.selectionStart, note.selectionEnd, "end");
  note.dispatchEvent(new Event("input", { bubbles: true }));
  said("In the note.");
};

// The server has just read the order and allowed the call: open the telephone where there is one, else copy the number.
const ring = async (link) => {
  const isPhone = matchMedia("(pointer: coarse)").matches;
  if (isPhone || document.querySelector(".work").dataset.softphone === "on") link.click();
  else if (await copy(link.dataset.number, "Number copied. Ring it on your telephone.")) {
    document.querySelector("[data-testid=btn-copy-phone]")?.classList.add("btn--done");
  }
};
let rung = document.querySelector("[data-do=ring]")?.dataset.dialled;  // a reloaded page does not ring by itself
const ringOnce = () => {
  const link = document.querySelector("[data-do=ring]");
  if (!link || link.dataset.dialled === rung) return;
  rung = link.dataset.dialled;
  ring(link);
};

// Back from the telephone: on a phone the outcomes are open already.
document.addEventListener("visibilitychange", () => {
  const calling = status()?.dataset.state === "in_call";
  if (document.visibilityState === "visible" && calling && matchMedia("(pointer: coarse)").matches) location.hash = "#outcome";
  if (document.visibilityState === "visible" && status()?.hasAttribute("hx-post")) htmx.trigger(status(), "beat");
});

// --- drafts of notes stay on this device until they are saved -----------------------------------------------------

document.addEventListener("input", (event) => {
  const key = event.target.dataset?.draft;
  if (key) localStorage.setItem(`note ${key}`, event.target.value);
});

const forget = () => {
  const open = document.querySelector("textarea[data-draft]")?.dataset.draft;
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith("note ") && key !== `note ${open}`) localStorage.removeItem(key);
  }
};

dress();
forget();
new MutationObserver(() => {
  dress();
  ringOnce();
  forget();
}).observe(document.querySelector(".work"), { childList: true, subtree: true });
