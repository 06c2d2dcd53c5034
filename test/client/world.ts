import { vi } from "vitest";
import { createMemoryStore, createRolleaseClient, type RolleaseClient, type RolleaseClientOptions } from "../../src/client";
import { BASE_URL, createFakeSyncServer } from "../support/fake-sync-server";
import { createManualClock } from "../support/manual-clock";

/** Counts who listens. Node forgets now and then that an aborted signal ends a listener; browsers do not. */
class PageEvents extends EventTarget {
  listeners = 0;
  override addEventListener(type: string, listener: EventListener, { signal }: { readonly signal: AbortSignal }): void {
    if (signal.aborted) return;
    super.addEventListener(type, listener);
    this.listeners++;
    signal.addEventListener("abort", () => {
      super.removeEventListener(type, listener);
      this.listeners--;
    });
  }
}

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

/** A page: `window`'s events, `document.visibilityState`, and `navigator` with `onLine` and what else it is to have. */
export function stubPage(abilities: object = {}) {
  const events = new PageEvents();
  const page = Object.assign(new PageEvents(), { visibilityState: "visible" });
  const navigator = { onLine: true, ...abilities };
  vi.stubGlobal("addEventListener", events.addEventListener.bind(events));
  vi.stubGlobal("document", page);
  vi.stubGlobal("navigator", navigator);
  return {
    dispatch: (type: string) => events.dispatchEvent(new Event(type)),
    /** `freeze` or `resume`. */
    dispatchLifecycle: (type: string) => page.dispatchEvent(new Event(type)),
    /** How many listen to the page, whatever to. */
    listeners: () => events.listeners + page.listeners,
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
