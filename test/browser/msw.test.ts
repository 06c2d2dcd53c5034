import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientScenarios } from "../contracts/sync-clients";
import { protocolScenarios } from "../contracts/sync-protocol";
import { openChromium } from "../support/chromium";
import type { MswPage } from "./support/pages/msw-page";

const root = fileURLToPath(new URL("../..", import.meta.url));
const SERVICE_WORKER = createRequire(import.meta.url).resolve("msw/mockServiceWorker.js");

/** The page as an app's bundler would make it; what only servers load stays out, as it is never asked for. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}test/browser/support/pages/msw-page.ts`],
    tsconfig: `${root}tsconfig.json`,
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    external: ["redis", "ioredis"],
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

/** Serves the page and MSW's service worker, and nothing of rollease. */
async function servePage(): Promise<Server> {
  const files = new Map([
    ["/", ["text/html", `<title>mocked</title><script type="module" src="/page.js"></script>`]],
    ["/page.js", ["text/javascript", await bundle()]],
    ["/mockServiceWorker.js", ["text/javascript", await readFile(SERVICE_WORKER, "utf8")]],
  ]);
  const server = createServer((request, response) => {
    const [type, text] = files.get(request.url ?? "") ?? [];
    response.writeHead(text === undefined ? 404 : 200, { "content-type": `${type ?? "text/plain"}; charset=utf-8` });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

let browser: Browser;
let server: Server;
let page: Page;
const failures: string[] = [];
beforeAll(async () => {
  [browser, server] = await Promise.all([openChromium(), servePage()]);
  page = await browser.newPage();
  page.on("pageerror", (error) => failures.push(String(error)));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => "mswPage" in globalThis);
});
afterAll(async () => {
  await browser?.close();
  server?.close();
});

describe("in a real Chromium, the mock behind MSW's service worker", () => {
  it.each([...protocolScenarios, ...clientScenarios])("$name", async ({ name, expected }) => {
    const run = (of: string) => (globalThis as unknown as { mswPage: MswPage }).mswPage.run(of);
    expect(await page.evaluate(run, name)).toEqual({ seen: expected, streams: 0 });
    expect(failures).toEqual([]);
  });
});
