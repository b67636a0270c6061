// The page for calls works without this. It shows times in the browser's own zone, and counts what is left of the note.
const form = document.querySelector("[data-ask]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const here = new URL(location.href);

if (zone && zone.includes("/") && zone !== form.dataset.zone && !("named" in form.dataset)) {
  here.searchParams.set("zone", zone);
  location.replace(here);
}

const note = document.getElementById("note");
const count = document.querySelector("[data-count]");
if (note && count) {
  const tell = () => {
    const left = 300 - note.value.length;
    count.hidden = left > 100;
    count.textContent = form.dataset.left.replace("{n}", left);
  };
  note.addEventListener("input", tell);
  tell();
}
