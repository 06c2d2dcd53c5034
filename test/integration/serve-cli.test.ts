import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readEvents } from "../sync-server/sse-reader";

const root = fileURLToPath(new URL("../..", import.meta.url));
let dataDir: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "rollease-cli-"));
});
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

interface Running {
  readonly child: ChildProcess;
  /** What was written so far, on both streams. */
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

function rollease(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const { DATABASE_URL: _, NODE_ENV: __, ...inherited } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", join(root, "adapters/cli/index.ts"), ...args], {
    cwd: root,
    env: { ...inherited, ...env },
  });
  children.push(child);
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output += data.toString()));
  return { child, output: () => output, exited: new Promise((resolve) => child.once("close", resolve)) };
}

async function addressOf({ output, exited }: Running): Promise<string> {
  let gone = false;
  void exited.then(() => (gone = true));
  for (;;) {
    const [, address] = /served at (http:\S+)/.exec(output()) ?? [];
    if (address) return address;
    if (gone) throw new Error(`The server has ended:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe("rollease serve", () => {
  it("keeps flags in its folder, ends streams and itself on SIGTERM within 5 s, and has them when it is back", async () => {
    const serving = rollease(["serve", "--port", "0", "--data-dir", dataDir, "--admin-token", "t"]);
    const address = `${await addressOf(serving)}/api/rollease`;
    const stream = readEvents(await fetch(`${address}/sync/stream`));
    const first = await stream.next();
    const made = await fetch(`${address}/flags`, {
      method: "POST",
      headers: { "x-admin-token": "t" },
      body: JSON.stringify({ key: "kept", type: "boolean", defaultValue: true }),
    });
    expect(made.status).toBe(201);
    expect(await stream.next()).toMatchObject({ data: { changes: [{ key: "kept" }] } });

    const before = Date.now();
    serving.child.kill("SIGTERM");
    expect(await stream.next()).toBeUndefined();
    expect([await serving.exited, serving.child.signalCode]).toEqual([0, null]);
    expect(Date.now() - before).toBeLessThan(5_000);
    expect((await readFile(join(dataDir, "secret"), "utf8")).length).toBeGreaterThanOrEqual(32);

    const again = rollease(["serve", "--data-dir", dataDir], { PORT: "0" });
    const pull = await fetch(`${await addressOf(again)}/api/rollease/sync/pull?since=${first?.id ?? ""}`);
    expect(await pull.json()).toMatchObject({ changes: [{ key: "kept", doc: { defaultValue: true } }] });
    again.child.kill("SIGINT");
    expect(await again.exited).toBe(0);
  });

  it("says what it cannot work with", async () => {
    const port = rollease(["serve", "--port", "many"]);
    expect([await port.exited, port.output()]).toEqual([1, expect.stringContaining('The port "many"') as string]);
    const option = rollease(["serve", "--prot", "1"]);
    expect([await option.exited, option.output()]).toEqual([2, expect.stringContaining("--prot") as string]);
  });

  it("does not start in production without a secret", async () => {
    const serving = rollease(["serve", "--port", "0", "--data-dir", join(dataDir, "other")], { NODE_ENV: "production" });
    expect([await serving.exited, serving.output()]).toEqual([1, expect.stringContaining("ROLLEASE_SECRET") as string]);
  });
});

describe("rollease", () => {
  it("makes the tables", async () => {
    const migrating = rollease(["db", "migrate", "--data-dir", join(dataDir, "migrated")]);
    expect([await migrating.exited, migrating.output()]).toEqual([0, expect.stringContaining("pglite") as string]);
  });

  it("explains itself, and what it does not know", async () => {
    const help = rollease(["--help"]);
    expect([await help.exited, help.output()]).toEqual([0, expect.stringContaining("rollease serve") as string]);
    const unknown = rollease(["sing"]);
    expect([await unknown.exited, unknown.output()]).toEqual([2, expect.stringContaining('"sing"') as string]);
  });
});
