import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { BrowserContext, Page } from "playwright-core";
import { trimIdb } from "../../../.config/trim-idb";
import { trimMurmurhash } from "../../../.config/trim-murmurhash";
import type { LocalStore } from "../../../src/ports/local-store";
import type { StoresPage } from "./pages/serve-stores";

const URL_OF_PAGE = "http://localhost/stores";
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What a page runs for one kind of store. RxDB brings a Dexie of its own version, and no page may have two. */
export async function bundlePage(kind: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}test/browser/support/pages/${kind}-page.ts`],
    tsconfig: `${root}tsconfig.json`,
    bundle: true,
    platform: "browser",
    format: "iife",
    target: "es2022",
    write: false,
    logLevel: "silent",
    // As it ships.
    plugins: [trimIdb(), trimMurmurhash()],
  });
  return outputFiles[0]?.text ?? "";
}

/** A tab that stores can be opened in; tabs of one context share what they keep. */
export async function openTab(context: BrowserContext, script: string): Promise<Page> {
  const page = await context.newPage();
  let failure: Error | undefined;
  page.on("pageerror", (error) => (failure ??= error));
  await page.route(URL_OF_PAGE, (route) => route.fulfill({ contentType: "text/html", body: "<title>stores</title>" }));
  await page.goto(URL_OF_PAGE);
  await page.addScriptTag({ content: script });
  if (failure) throw failure;
  return page;
}

/** A store that lives in a tab. Its calls arrive there in their order. */
export async function openRemoteStore(page: Page, kind: string, name: string): Promise<LocalStore> {
  const id = randomUUID();
  const sharedAs = await page.evaluate(
    (of) => (globalThis as unknown as { storesPage: StoresPage }).storesPage.open(of.id, of.name),
    { id, name },
  );
  const call =
    (method: Exclude<keyof LocalStore, "kind" | "sharedAs">) =>
    async (...args: unknown[]): Promise<never> => {
      const outcome = await page.evaluate(
        (of) => (globalThis as unknown as { storesPage: StoresPage }).storesPage.call(of.id, of.method, of.args),
        { id, method, args },
      );
      if ("value" in outcome) return outcome.value as never;
      throw Object.assign(new Error(outcome.message), { code: outcome.code });
    };
  return {
    kind,
    ...(sharedAs !== undefined && { sharedAs }),
    load: call("load"),
    apply: call("apply"),
    setMeta: call("setMeta"),
    assignments: call("assignments"),
    putAssignments: call("putAssignments"),
    removeAssignments: call("removeAssignments"),
    enqueue: call("enqueue"),
    peek: call("peek"),
    ack: call("ack"),
    pending: call("pending"),
    clear: call("clear"),
    close: call("close"),
  };
}
