import { create } from "zustand";

/** Whether a new tab would open without a network. */
export const usePage = create<{ readonly kept: boolean }>(() => ({ kept: false }));

/** What this page was made of so far, as the service worker is to ask for it. */
function parts(): (string | [string, RequestInit])[] {
  const loaded = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
  const files = loaded.filter(({ initiatorType }) => ["script", "link", "css", "img", "other"].includes(initiatorType));
  // Vite answers a style sheet as a module to whoever does not say that it is to be one.
  const ask = (url: string): string | [string, RequestInit] =>
    url.endsWith(".css") ? [url, { headers: { accept: "text/css" } }] : url;
  return [location.href, ...files.map(({ name }) => ask(name))];
}

/** Resolves when the worker has all of it. */
function handOver(worker: ServiceWorker): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const done = new Promise<void>((resolve) => (port1.onmessage = () => resolve()));
  worker.postMessage({ type: "CACHE_URLS", payload: { urlsToCache: parts() } }, [port2]);
  return done;
}

/** Has the service worker keep the page. Without one, or where it fails, the page is as good as ever while there is a network. */
export async function keepPage(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  // Whatever a page under a service worker was made of has passed through it, and browsers look for newer ones by themselves.
  if (!navigator.serviceWorker.controller) {
    await navigator.serviceWorker.register("/service-worker.ts", { type: "module" });
    const { active } = await navigator.serviceWorker.ready;
    if (active) await handOver(active);
  }
  usePage.setState({ kept: true });
}
