import { createRollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { serve } from "rollease/server";
import { expect } from "vitest";
import type { SyncStatus } from "../../../src/client";
import { TABS_VERSION } from "../../../src/client/tabs";
import { openChromium } from "../../support/chromium";
import { startFaultProxy, type FaultProxy } from "../../support/fault-proxy";
import { openRawTab, type RawTab } from "./raw-tab";
import { bundlePage } from "./remote-store";

/** Where the server's sync routes are. */
export const SYNC = "/api/rollease/sync";
const PATIENCE = { timeout: 20_000 };

/** A tab with a client in it. */
export interface ClientTab extends RawTab {
  status(): Promise<SyncStatus>;
  flag(key: string): Promise<unknown>;
  /** What the page was told of, such as `freeze`. */
  events(): Promise<string[]>;
  /** Lets time pass for the client. */
  skip(ms: number): Promise<void>;
  freeze(): Promise<unknown>;
  thaw(): Promise<unknown>;
  go(path: string): Promise<unknown>;
  /** One page back in the history of the tab. */
  goBack(): Promise<unknown>;
  setOffline(offline: boolean): Promise<unknown>;
  /** Waits for a status that has these fields. */
  until(wanted: Partial<SyncStatus>): Promise<void>;
  untilFlag(key: string, value: unknown): Promise<void>;
}

export interface ClientWorld {
  readonly server: ReturnType<typeof createRollease>;
  readonly proxy: FaultProxy;
  /** Tabs of one profile share what a browser keeps, and a window, in which the one that was opened last is seen. */
  profile(): Promise<string>;
  /** @param path Of the page; `/other-version` speaks to other tabs in a way of its own. @defaultValue "/" */
  tab(profile: string, path?: string): Promise<ClientTab>;
  /** A tab without a client. */
  cover(profile: string): Promise<RawTab>;
  /** Closes a profile and all of its tabs. */
  leave(profile: string): Promise<void>;
  close(): Promise<void>;
}

function toClientTab(tab: RawTab, url: string): ClientTab {
  const status = (): Promise<SyncStatus> => tab.evaluate("({ ...clientPage.rl.status(), error: undefined })");
  const flag = (key: string): Promise<unknown> => tab.evaluate(`clientPage.rl.flag(${JSON.stringify(key)}, "none")`);
  const setState = (state: string) => (): Promise<unknown> => tab.send("Page.setWebLifecycleState", { state });
  const offline = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
  return {
    ...tab,
    status,
    flag,
    events: () => tab.evaluate("clientPage.events"),
    skip: (ms) => tab.evaluate(`clientPage.skip(${ms})`),
    freeze: setState("frozen"),
    thaw: setState("active"),
    go: (path) => tab.send("Page.navigate", { url: url + path }),
    async goBack() {
      type History = { readonly currentIndex: number; readonly entries: readonly { readonly id: number }[] };
      const { currentIndex, entries } = await tab.send<History>("Page.getNavigationHistory");
      return tab.send("Page.navigateToHistoryEntry", { entryId: entries[currentIndex - 1]?.id });
    },
    setOffline: (isOffline) => tab.send("Network.emulateNetworkConditions", { ...offline, offline: isOffline }),
    until: (wanted) => expect.poll(status, PATIENCE).toMatchObject(wanted),
    untilFlag: (key, value) => expect.poll(() => flag(key), PATIENCE).toBe(value),
  };
}

/** A server, what stands before it, and a Chromium that keeps pages that were left. */
export async function startClientWorld(): Promise<ClientWorld> {
  const rl = createRollease({ db: createMemoryAdapter(), secret: "a-secret-of-sixteen-plus" });
  await rl.ready();
  await rl.flags.create({ key: "a", type: "boolean", defaultValue: false, clientVisible: true });
  const running = await serve({ rl, port: 0 });
  const script = await bundlePage("client");
  const version = `TABS_VERSION = ${TABS_VERSION};`;
  if (!script.includes(version)) throw new Error("The bundle does not say the version of its tabs as expected.");
  const html = (src: string): [string, string] => [
    "text/html",
    `<!doctype html><title>client</title><script src="${src}"></script>`,
  ];
  const proxy = await startFaultProxy(running.url, {
    "/": html("/page.js"),
    "/page.js": ["text/javascript", script],
    "/other-version": html("/other-version.js"),
    "/other-version.js": ["text/javascript", script.replace(version, `TABS_VERSION = ${TABS_VERSION + 1};`)],
    "/elsewhere": ["text/html", "<!doctype html><title>elsewhere</title>"],
  });
  const browser = await openChromium({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  const devtools = await browser.newBrowserCDPSession();
  return {
    server: rl,
    proxy,
    profile: async () => (await devtools.send("Target.createBrowserContext")).browserContextId,
    leave: (browserContextId) => devtools.send("Target.disposeBrowserContext", { browserContextId }).then(() => undefined),
    cover: (profile) => openRawTab(devtools, profile, `${proxy.url}/elsewhere`),
    async tab(profile, path = "/") {
      const tab = toClientTab(await openRawTab(devtools, profile, proxy.url + path), proxy.url);
      await expect.poll(() => tab.evaluate("typeof clientPage"), PATIENCE).toBe("object");
      return tab;
    },
    async close() {
      await browser.close();
      await proxy.close();
      await running.close();
      await rl.close();
    },
  };
}
