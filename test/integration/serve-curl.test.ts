import { spawn, spawnSync } from "node:child_process";
import { createMemoryAdapter } from "rollease/db/memory";
import { serve, type RunningServer } from "rollease/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { readEvents } from "../sync-server/sse-reader";

let server: RunningServer;
beforeAll(async () => {
  const secret = "a-secret-of-the-tests";
  server = await serve({ db: createMemoryAdapter(), port: 0, secret, logging: { sink: () => undefined } });
});
afterAll(() => server.close());

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const stream = (): string => `http://127.0.0.1:${server.port}/api/rollease/sync/stream`;
const make = (key: string): Promise<unknown> => server.rl.flags.create({ key, type: "boolean", defaultValue: true });

/** What `curl -N` shows so far. */
function curl(...args: string[]): () => string {
  const child = spawn("curl", ["-sN", ...args, stream()]);
  onTestFinished(() => void child.kill());
  let shown = "";
  child.stdout.on("data", (data: Buffer) => (shown += data.toString()));
  return () => shown;
}

/** The events among lines, by their fields. */
function eventsIn(text: string): Record<string, string>[] {
  const fieldsOf = (block: string): [name: string, value: string][] =>
    block.split("\n").map((line) => [line.split(": ")[0] ?? "", line.slice(line.indexOf(": ") + 2)]);
  const blocks = text.split("\n\n").slice(0, -1);
  return blocks.map((block): Record<string, string> => Object.fromEntries(fieldsOf(block))).filter((event) => "event" in event);
}
const keysOf = ({ data = "{}" }: Record<string, string>): string[] =>
  (JSON.parse(data) as { changes: { key: string }[] }).changes.map(({ key }) => key);

// Debian's, as it is: what a person would type.
describe.skipIf(!hasCurl)("a stream under curl -N", () => {
  it("shows each commit as it happens, in lines that a person can read", async () => {
    const shown = curl();
    await expect.poll(() => eventsIn(shown()).length).toBe(1);
    await make("seen-by-curl");
    await expect.poll(() => eventsIn(shown()).length).toBe(2);
    const [, event = {}] = eventsIn(shown());
    expect(Object.keys(event)).toEqual(["event", "id", "data"]);
    expect([event["event"], keysOf(event)]).toEqual(["change", ["seen-by-curl"]]);
    expect(event["id"]).toMatch(/^[0-9a-f-]{36}\.\d+$/);
    expect(shown()).toMatch(/^: \n\n/);
  });

  it("goes on after the id that it is told, as one of Node's fetch does, with what was missed", async () => {
    const before = curl();
    await expect.poll(() => eventsIn(before()).length).toBe(1);
    const { id = "" } = eventsIn(before())[0] ?? {};
    for (const key of ["missed-one", "missed-two"]) await make(key);
    const after = curl("-H", `Last-Event-ID: ${id}`);
    await expect.poll(() => eventsIn(after()).length).toBe(1);
    expect(keysOf(eventsIn(after())[0] ?? {})).toEqual(["missed-one", "missed-two"]);
    const events = readEvents(await fetch(stream(), { headers: { "last-event-id": id } }));
    expect(await events.next()).toMatchObject({
      event: "change",
      data: { changes: [{ key: "missed-one" }, { key: "missed-two" }] },
    });
    await events.cancel();
    await make("later");
    await expect.poll(() => eventsIn(after()).map(keysOf)).toEqual([["missed-one", "missed-two"], ["later"]]);
  });
});
