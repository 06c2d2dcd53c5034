import { loadavg } from "node:os";
import type { Page } from "playwright-core";
import { bundlePage } from "../browser/support/remote-store";
import type { BootPage } from "../browser/support/pages/boot-page";
import { openChromium } from "../support/chromium";
import { flagOf, mixed, snapshotOf } from "./definitions";
import { roundsAsked } from "./rounds";
import { median } from "./statistics";

/** A client's cold start from its store, without a network, beside a bare read of the same definitions, in pages that have just been opened. */
const ROUNDS = roundsAsked(25);
const AT_MOST = 1.5;
const URL_OF_PAGE = "http://localhost/boot";

const [browser, script] = await Promise.all([openChromium(), bundlePage("boot")]);
const page = await browser.newPage();
await page.route(URL_OF_PAGE, (route) =>
  route.fulfill({ contentType: "text/html", body: `<script>${script.replaceAll("</script", "<\\/script")}</script>` }),
);

async function inFreshPage<T>(of: Page, run: (boot: BootPage) => Promise<T>): Promise<T> {
  await of.goto(URL_OF_PAGE);
  return of.evaluate<T>(`(${String(run)})(globalThis.bootPage)`);
}

console.log(`${mixed.length} flags, ${ROUNDS} rounds, Chromium ${browser.version()}, load ${loadavg()[0]?.toFixed(1)}\n`);
await page.goto(URL_OF_PAGE);
const snapshot = JSON.stringify(snapshotOf(mixed.map(([key, kind]) => flagOf(kind, key))));
await page.evaluate(`globalThis.bootPage.fill(${snapshot})`);
const rounds: { readonly client: number; readonly bare: number }[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const client = (): Promise<number> => inFreshPage(page, (boot) => boot.bootClient());
  const bare = (): Promise<number> => inFreshPage(page, (boot) => boot.bootBare());
  if (round % 2) rounds.push({ client: await client(), bare: await bare() });
  else {
    const first = await bare();
    rounds.push({ client: await client(), bare: first });
  }
}
await browser.close();

const ratio = median(rounds.map((each) => each.client / each.bare));
const toMs = (values: readonly number[]): string => `${median(values).toFixed(1)} ms`;
console.log(`client, first value:     ${toMs(rounds.map((each) => each.client))}`);
console.log(`bare getAll, JSON.parse: ${toMs(rounds.map((each) => each.bare))}`);
console.log(`ratio, median of rounds: ${ratio.toFixed(2)}, at most ${AT_MOST}: ${ratio <= AT_MOST ? "met" : "MISSED"}`);
if (ratio > AT_MOST) process.exitCode = 1;
