/**
 * Keeps the page itself, so that a new tab opens without a network. What the page knows of flags is the client's to keep: calls to
 * the sync server and to its switch pass by, as if there were no service worker.
 */
import { clientsClaim } from "workbox-core";
import { registerRoute } from "workbox-routing";
import { NetworkFirst } from "workbox-strategies";

declare const self: typeof globalThis & { skipWaiting(): Promise<void>; __WB_DISABLE_DEV_LOGS?: boolean };
self.__WB_DISABLE_DEV_LOGS = true;

/** What must be asked of a server, or not at all. */
const LIVE = /^\/(api\/rollease|__demo)\//;
const cacheName = "orrery-page";

// A server that takes longer is as good as away.
registerRoute(
  ({ request }) => request.mode === "navigate",
  new NetworkFirst({ cacheName, networkTimeoutSeconds: 3, matchOptions: { ignoreSearch: true } }),
);
// A file that is long in coming is being compiled: an older copy of it need not fit the others.
registerRoute(({ sameOrigin, url }) => sameOrigin && !LIVE.test(url.pathname), new NetworkFirst({ cacheName }));

// The network comes first, so that no version of this can serve an old page: none needs to wait for tabs to close.
self.addEventListener("install", () => void self.skipWaiting());
clientsClaim();
