import { startChild, type Child } from "./child";

export interface Setting {
  /** Where the bundled processes are. */
  readonly outdir: string;
  readonly streams: number;
  readonly rounds: number;
}

export const BASE_PATH = "/api/rollease";
export const SIDES = ["rollease", "floor"] as const;
export type Side = (typeof SIDES)[number];

export interface Server {
  readonly side: Side;
  readonly child: Child;
  readonly port: number;
}

/** Where `BENCH_PROFILE` names a folder, Node writes there what the server spent its time on. */
export async function startServer({ outdir }: Setting, side: Side): Promise<Server> {
  const folder = process.env["BENCH_PROFILE"];
  const child = startChild(`${outdir}${side}-process.mjs`, folder ? ["--cpu-prof", `--cpu-prof-dir=${folder}/${side}`] : []);
  return { side, child, port: await child.ask<number>("port") };
}

/** Both servers, of which the bare one sends what the other does, to the byte. */
export async function startBoth(setting: Setting): Promise<readonly [rollease: Server, floor: Server]> {
  const rollease = await startServer(setting, "rollease");
  const floor = await startServer(setting, "floor");
  const url = `http://127.0.0.1:${rollease.port}${BASE_PATH}`;
  const pull = await fetchPlain(`${url}/sync/pull`);
  const headers = Object.fromEntries([...pull.headers].filter(([name]) => !UNSENT.has(name)));
  const body = await pull.text();
  const { checkpoint } = JSON.parse(body) as { checkpoint: string };
  const event = await firstEvent(`${url}/sync/stream?since=${encodeURIComponent(checkpoint)}`, () =>
    rollease.child.ask("change", { first: 1_000_000, count: 1, perSecond: 1 }),
  );
  await floor.child.ask("imitate", event.replace('"defaultValue":1000000', '"defaultValue":#'), headers, body);
  return [rollease, floor];
}

/** Without an encoding: the bare server has one answer for all. */
export function fetchPlain(url: string): Promise<Response> {
  return fetch(url, { headers: { "accept-encoding": "identity" } });
}

/** What each server says by itself. */
const UNSENT: ReadonlySet<string> = new Set(["date", "connection", "keep-alive", "content-length", "transfer-encoding"]);

async function firstEvent(url: string, cause: () => Promise<unknown>): Promise<string> {
  const { body } = await fetch(url);
  void cause();
  let text = "";
  for await (const bytes of body ?? []) {
    text += Buffer.from(bytes).toString();
    const event = /event: change\n(?:.*\n)*?\n/.exec(text)?.[0];
    // Leaving the loop ends the stream.
    if (event !== undefined) return event;
  }
  throw new Error("The stream has ended without an event.");
}
