// Callbacks are told in the tab's title, on its icon, by a short sound and a notification. The strip says it without.
"use strict";

(() => {
  const script = document.currentScript.dataset.worker;
  const due = () => [...document.querySelectorAll("#alerts [data-alert]")];
  const isNow = (alert) => alert.dataset.stage !== "soon";

  // --- the title and the icon ---------------------------------------------------------------------------------------

  let plain = document.title; // what the page calls itself
  let shown = "";
  const entitle = () => {
    if (document.title !== shown) plain = document.title;
    const waiting = due().filter(isNow);
    shown = waiting.length ? `(${waiting.length}) ${waiting[0].dataset.says}` : "";
    if (document.title !== (shown || plain)) document.title = shown || plain;
    const badge = waiting.length ? navigator.setAppBadge?.(waiting.length) : navigator.clearAppBadge?.();
    badge?.catch(() => {}); // where there is no icon to put it on
  };

  // --- the sound: two short tones, only after a press, as browsers want it, and never into a call ----------------------

  let audio;
  const wake = () => {
    audio ??= new AudioContext();
    return audio.resume();
  };
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, wake, { once: true });

  const ring = (volume) => {
    if (!volume || audio?.state !== "running") return false;
    [660, 880].forEach((pitch, at) => {
      const [tone, loudness, begin] = [audio.createOscillator(), audio.createGain(), audio.currentTime + at * 0.35];
      tone.frequency.value = pitch;
      loudness.gain.setValueAtTime(0, begin);
      loudness.gain.linearRampToValueAtTime(volume / 200, begin + 0.03);
      loudness.gain.exponentialRampToValueAtTime(0.0001, begin + 0.9);
      tone.connect(loudness).connect(audio.destination);
      tone.start(begin);
      tone.stop(begin + 0.9);
    });
    return true;
  };

  // --- notifications: by the worker, because phones show no others ------------------------------------------------------

  const canNotify = "Notification" in window && "serviceWorker" in navigator;
  const active = (found) =>
    new Promise((done) => {
      if (found.active) return done(found);
      const fresh = found.installing ?? found.waiting;
      fresh.addEventListener("statechange", () => fresh.state === "activated" && done(found));
    });
  const worker = async () => active(await navigator.serviceWorker.register(script));

  const notify = async (says, body, mark, isSilent, data = "/queue") => {
    if (!canNotify || Notification.permission !== "granted") return;
    const found = await worker();
    await found.showNotification(says, { body, tag: `callback ${mark}`, renotify: true, silent: isSilent, data });
  };

  // What was taken, paid or called off meanwhile is no longer announced; after signing out nothing is.
  const tidy = async (wanted) => {
    if (!canNotify || Notification.permission !== "granted") return;
    const found = await navigator.serviceWorker.getRegistration("/static/");
    const tags = wanted.map((alert) => `callback ${alert.id.replace("alert-", "")}`);
    for (const each of (await found?.getNotifications()) ?? []) if (!tags.includes(each.tag)) each.close();
  };
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") === "/sign-out") tidy([]);
  });

  // --- telling, each thing once in this browser: what is kept is numbers and times, nobody's name ------------------------

  const TOLD = "told alerts";
  const tell = () => {
    const before = JSON.parse(localStorage.getItem(TOLD) ?? "[]");
    const fresh = due().filter((alert) => !before.includes(alert.dataset.alert));
    if (!fresh.length) return;
    localStorage.setItem(TOLD, JSON.stringify([...before, ...fresh.map((alert) => alert.dataset.alert)].slice(-50)));
    const volume = Number(document.getElementById("alerts").dataset.volume);
    const rang = !document.querySelector("[data-state=in_call]") && ring(volume);
    for (const alert of fresh) {
      const more = alert.querySelector("[data-more]").textContent;
      document.getElementById("status").textContent = `${alert.dataset.says} ${more}`;
      notify(alert.dataset.says, more, alert.id.replace("alert-", ""), rang || !volume, alert.dataset.url);
    }
  };

  // --- asking for it, and trying it ----------------------------------------------------------------------------------------

  const STATES = {
    granted: "This browser shows notifications.",
    denied: "This browser blocks notifications. Allow them in its settings for this site.",
    default: "",
  };
  const dress = () => {
    for (const place of document.querySelectorAll("[data-alert-me]")) {
      place.hidden = !canNotify || Notification.permission !== "default";
    }
    for (const button of document.querySelectorAll("[data-do=test-alert]")) button.hidden = false;
    const state = document.querySelector("[data-alert-state]");
    const says = canNotify ? STATES[Notification.permission] : "This browser can show no notifications here.";
    if (state && state.textContent !== says) state.textContent = says;
  };

  document.addEventListener("click", async (event) => {
    if (event.target.closest("[data-do=alert-me]")) {
      await Notification.requestPermission();
      dress();
      await notify("Callbacks will be told here", "Like this.", 0, true);
    }
    if (event.target.closest("[data-do=test-alert]")) {
      await wake();
      ring(Number(document.getElementById("alert_volume").value));
      await notify("Callback now: Dana R.", "This is only a try.", 0, true);
    }
  });

  const look = () => {
    entitle();
    tell();
    tidy(due());
    dress();
  };
  look();
  new MutationObserver(entitle).observe(document.querySelector("title"), { childList: true });
  // A list that must not move under the pointer is not swapped; what came with it counts all the same.
  const bring = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("alerts");
    if (!fresh) return;
    fresh.removeAttribute("hx-swap-oob");
    document.getElementById("alerts")?.replaceWith(fresh);
    htmx.process(fresh);
  };
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail ?? {};
    if (ctx?.sourceElement?.id === "list") queueMicrotask(() => event.defaultPrevented && bring(ctx.text));
  });

  let strip = "";
  new MutationObserver(() => {
    dress();
    const now = due().map((alert) => alert.dataset.alert + alert.dataset.says).join();
    if (now === strip) return;
    strip = now;
    look();
  }).observe(document.body, { childList: true, subtree: true });
})();
