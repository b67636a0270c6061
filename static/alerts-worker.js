// Shows notifications about callbacks and leads back to the queue. It sees no request of any page, and keeps nothing.
"use strict";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const open = async () => {
    const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const queue = windows.find((each) => new URL(each.url).pathname === "/queue");
    // An open queue keeps what is typed in it: its own strip leads on from there.
    if (queue) return queue.focus();
    return self.clients.openWindow(new URL(event.notification.data, self.location.origin).pathname);
  };
  event.waitUntil(open());
});
