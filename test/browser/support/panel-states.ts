import type { Page } from "playwright-core";

const SYNC = "**/api/rollease/sync/";

/** The demo's sync panel in one of its states, and how it comes to be in it. */
export interface PanelState {
  readonly name: string;
  readonly phase: string;
  /** What the panel says beside the phase. */
  readonly trouble: RegExp | null;
  readonly store: string;
  /** Brings the page about, before it is opened and after. */
  before?(page: Page): Promise<unknown>;
  after?(page: Page): Promise<unknown>;
}

/** Every state that a visitor may find the panel in. */
export const panelStates: readonly PanelState[] = [
  {
    name: "booting",
    phase: "booting",
    trouble: null,
    store: "IndexedDB",
    // Neither answered nor refused.
    before: (page) => page.route(`${SYNC}**`, () => undefined),
  },
  { name: "live", phase: "live", trouble: null, store: "IndexedDB" },
  {
    name: "polling",
    phase: "polling",
    trouble: /holds streams back/,
    store: "IndexedDB",
    // A proxy that knows no streams.
    before: (page) => page.route(`${SYNC}stream*`, (route) => route.fulfill({ contentType: "text/html", body: "<p>Blocked." })),
  },
  {
    name: "offline",
    phase: "offline",
    trouble: /waits in the outbox/,
    store: "IndexedDB",
    async after(page) {
      await page.waitForSelector('[data-testid="sync-phase"]:text-is("live")');
      await page.click('[data-testid="toggle-network"]');
    },
  },
  {
    name: "stopped",
    phase: "stopped",
    trouble: /refuses this page's key \(401\)/,
    store: "IndexedDB",
    before: (page) =>
      page.route(`${SYNC}**`, (route) =>
        route.fulfill({ status: 401, json: { error: "The key is none, or does not hold any more.", code: "UNAUTHORIZED" } }),
      ),
  },
  {
    name: "memory",
    phase: "live",
    trouble: /keep nothing.*Storage is blocked/,
    store: "memory",
    before: (page) =>
      page.addInitScript(() => {
        const refuse = (): never => {
          throw new DOMException("Storage is blocked.", "SecurityError");
        };
        Object.defineProperty(globalThis, "indexedDB", { value: { open: refuse, deleteDatabase: refuse } });
      }),
  },
];
