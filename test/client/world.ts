import { vi } from "vitest";
import { createMemoryStore, createRolleaseClient, type RolleaseClient, type RolleaseClientOptions } from "../../src/client";
import { BASE_URL, createFakeSyncServer } from "../support/fake-sync-server";
import { createManualClock } from "../support/manual-clock";

/** A server, a clock, and as many clients as a test wants. */
export function createWorld() {
  const clock = createManualClock();
  const server = createFakeSyncServer(clock);
  const errors: Error[] = [];
  const clients: RolleaseClient[] = [];
  return {
    clock,
    server,
    errors,
    client(options: Partial<RolleaseClientOptions> = {}): RolleaseClient {
      const made = createRolleaseClient({
        baseUrl: BASE_URL,
        fetch: server.fetch,
        store: createMemoryStore(),
        context: { userId: "u1" },
        clock,
        random: () => 0.5,
        onError: (error) => errors.push(error),
        ...options,
      });
      clients.push(made);
      return made;
    },
    /** The server cannot be reached. */
    cut: () => server.faults.set("", () => Promise.reject(new TypeError("fetch failed"))),
    mend: () => server.faults.clear(),
    destroyAll: () => clients.forEach((client) => client.destroy()),
  };
}

/** A page: `window`'s events, `document.visibilityState` and `navigator.onLine`. */
export function stubPage() {
  const events = new EventTarget();
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const navigator = { onLine: true };
  vi.stubGlobal("addEventListener", events.addEventListener.bind(events));
  vi.stubGlobal("document", page);
  vi.stubGlobal("navigator", navigator);
  return {
    dispatch: (type: string) => events.dispatchEvent(new Event(type)),
    setOnline(onLine: boolean) {
      navigator.onLine = onLine;
      events.dispatchEvent(new Event(onLine ? "online" : "offline"));
    },
    setVisible(visible: boolean) {
      page.visibilityState = visible ? "visible" : "hidden";
      page.dispatchEvent(new Event("visibilitychange"));
    },
  };
}

/** `localStorage`, as small as a test wants. */
export function stubLocalStorage(quota = Infinity) {
  const held = new Map<string, string>();
  const storage = {
    getItem: (key: string) => held.get(key) ?? null,
    setItem(key: string, value: string) {
      if (value.length > quota) throw new DOMException("full", "QuotaExceededError");
      held.set(key, value);
    },
    removeItem: (key: string) => void held.delete(key),
  };
  vi.stubGlobal("localStorage", storage);
  return held;
}
