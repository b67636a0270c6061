// A slow or lost network: what a pressed button shows meanwhile, and what happens to a save that did not get through.
"use strict";

const notices = document.getElementById("notices");
const dot = document.querySelector("[data-testid=conn-dot]");
const word = document.querySelector("[data-conn]");
const usual = word?.textContent;
const isSave = (source) => source?.id === "outcome-form";
const isOfPerson = (source) => source?.matches?.("form");

// --- slow: a spinner after 0.3 s, words after 1 s. The limit of 8 s is htmx's own ------------------------------------

const waiting = new WeakMap();
document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  if (!isOfPerson(ctx.sourceElement)) return;
  const button = ctx.request.submitter ?? ctx.sourceElement.querySelector("button:not([type=button])");
  const timers = [
    setTimeout(() => button?.classList.add("btn--busy"), 300),
    setTimeout(() => {
      dot?.classList.add("dot--slow");
      if (!isSave(ctx.sourceElement)) return;
      button?.setAttribute("data-wait", "Saving…");
      say("Saving…");
    }, 1000),
  ];
  waiting.set(ctx, { button, timers });
});
document.addEventListener("htmx:finally:request", (event) => {
  const found = waiting.get(event.detail?.ctx);
  found?.timers.forEach(clearTimeout);
  found?.button?.classList.remove("btn--busy");
  found?.button?.removeAttribute("data-wait");
  dot?.classList.remove("dot--slow");
});

// --- lost ------------------------------------------------------------------------------------------------------------

const AGAIN_AFTER = 5;
const MOST_TRIES = 24;
let timer = 0;
let tries = 0;
let unsaved; // the form whose save did not get through; what else gets through meanwhile does not save it

const bar = (text, ...more) => {
  const line = document.createElement("p");
  line.className = "told cluster tone-stop";
  line.setAttribute("role", "alert");
  line.append(text, ...more);
  notices.replaceChildren(line);
};

const sendAgain = () => {
  clearInterval(timer);
  if (unsaved?.isConnected) unsaved.requestSubmit();
};

// The seconds are counted for the eye alone: a screen reader hears the sentence once.
const countdown = () => {
  const left = document.createElement("span");
  left.setAttribute("aria-hidden", "true");
  let seconds = AGAIN_AFTER;
  const show = () => (left.textContent = `Retrying in ${seconds} s.`);
  show();
  clearInterval(timer);
  timer = setInterval(() => {
    seconds -= 1;
    show();
    if (seconds <= 0) sendAgain();
  }, 1000);
  return left;
};

const lost = (source) => {
  dot?.classList.add("dot--lost");
  if (word) word.textContent = "No connection";
  if (isSave(source) && source.isConnected) {
    unsaved = source;
    tries += 1;
    const again = document.createElement("button");
    again.className = "btn btn--small";
    again.textContent = "Retry now";
    again.addEventListener("click", sendAgain);
    const rest = tries < MOST_TRIES ? [countdown(), again] : [again];
    bar("Not saved: no connection. What you typed is kept.", ...rest);
  } else if (isOfPerson(source) && !unsaved) {
    bar("That did not get through: no connection. Press it again when it is back.");
  }
};

const back = (event) => {
  const source = event.detail?.ctx?.sourceElement;
  if (!dot?.classList.contains("dot--lost") && !unsaved) return;
  dot?.classList.remove("dot--lost");
  if (word) word.textContent = usual;
  if (unsaved?.isConnected && source !== unsaved) return;
  unsaved = undefined;
  clearInterval(timer);
  notices.replaceChildren();
  tries = 0;
};

document.addEventListener("htmx:error", (event) => lost(event.detail?.ctx?.sourceElement));
document.addEventListener("htmx:after:request", back);
window.addEventListener("offline", () => lost(null));
window.addEventListener("online", sendAgain);

// A proxy's own page about trouble is no answer of ours: it must not take the card's place.
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  const { status, headers } = ctx.response;
  if (status < 502 || status > 504 || headers.get("HX-Retarget")) return;
  ctx.hx = {};
  event.preventDefault();
  lost(ctx.sourceElement);
});
