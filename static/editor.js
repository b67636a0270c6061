// The editor of a message: what stands in the list of fields is put at the cursor. All of it also works by hand.
"use strict";

(() => {
  const names = ["subject", "preheader", "body", "text"];
  const touched = new Set(); // a field that nobody was in has no cursor yet
  let last = document.getElementById("body");
  document.addEventListener("focusin", (event) => {
    if (!names.includes(event.target.id)) return;
    last = event.target;
    touched.add(last);
  });

  // What is typed is not saved, and can be thrown away.
  document.getElementById("editor-fields").addEventListener("input", () => {
    document.querySelector(".savebar .note").textContent = "Not saved yet.";
    document.querySelector(".savebar [value=discard]").hidden = false;
  });

  // A block takes a line of its own, with an empty line before and after it.
  const onItsOwn = (text, before, after) => {
    const head = !before ? "" : before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    const tail = !after ? "" : after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n";
    return head + text + tail;
  };

  const insert = (item) => {
    const isBlock = item.hasAttribute("data-block");
    const field = isBlock && last.tagName !== "TEXTAREA" ? document.getElementById("body") : last;
    const { value } = field;
    const [start, end] = touched.has(field) ? [field.selectionStart, field.selectionEnd] : [value.length, value.length];
    const text = item.dataset.insert;
    const whole = isBlock ? onItsOwn(text, value.slice(0, start), value.slice(end)) : text;
    field.focus();
    field.setRangeText(whole, start, end, "end");
    touched.add(field);
    const open = whole.indexOf("…"); // what to say when it is empty is typed at once
    if (open >= 0) field.setSelectionRange(start + open, start + open + 1);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    document.getElementById("status").textContent = `${text} is in ${field.labels[0].textContent.trim()}.`;
  };

  document.querySelector(".tokens__list").removeAttribute("tabindex"); // its buttons lead through it
  for (const item of document.querySelectorAll(".tokens [data-insert]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tokens__one";
    button.append(...item.childNodes);
    button.addEventListener("click", () => insert(item));
    item.append(button);
  }

  // The preview follows what is typed by itself.
  if (window.htmx) for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;

  // Pressed twice is pressed once: two presses would send two tests.
  let pressed = 0;
  document.getElementById("editor").addEventListener("submit", (event) => {
    if (Date.now() - pressed < 3000) event.preventDefault();
    else pressed = Date.now();
  });

  // What the lint counts is said when it changes, not each time somebody types a letter.
  const sum = () => document.getElementById("lint-sum").innerText.trim().replace(/\s*\n\s*/g, ", ");
  let said = sum();
  document.addEventListener("htmx:finally:request", () => setTimeout(() => {
    if (sum() === said) return;
    said = sum();
    document.getElementById("status").textContent = said;
  }, 50));

  // A link from the lint leads into the field, not only to it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".lint a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    field.focus();
  });
})();
