import { fork } from "node:child_process";
import { once } from "node:events";
import { bundles } from "./bundle";
import type { OneChange } from "./one-change";
import { median } from "../statistics";
import { table, verdict } from "./table";

const FLAGS = 10_000;
const PERCENT_AT_MOST = 1;

/** What a change costs rollease, of what a full load does. */
export async function oneChangeTable(rounds: number): Promise<string> {
  const child = fork(`${bundles}one-change.mjs`, [String(FLAGS), String(rounds)], { execArgv: [] });
  const exited = once(child, "exit");
  const [measured] = (await Promise.race([
    once(child, "message"),
    exited.then(([code]: unknown[]) => Promise.reject(new Error(`one-change exited with ${String(code)}`))),
  ])) as [readonly OneChange[]];
  child.kill();
  await exited;
  const percents = measured.map(({ applied, later, load }) => ((applied + later) / load) * 100);
  const of = (what: keyof OneChange): string => median(measured.map((each) => each[what])).toFixed(1);
  const share = `${median(percents).toFixed(2)} % (${Math.min(...percents).toFixed(2)} to ${Math.max(...percents).toFixed(2)})`;
  return table(
    ["one change in 10,000 flags", "us"],
    [
      ["apply it and evaluate the flag", of("applied")],
      ["what the next evaluateAll takes longer", of("later")],
      ["an evaluateAll without a change before it", of("all")],
      ["full load: parse, compile, evaluateAll", of("load")],
      ["the change, of a full load", verdict(median(percents) < PERCENT_AT_MOST, `${share}, under ${PERCENT_AT_MOST} %`)],
    ],
  );
}
