import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRollease } from "rollease";
import { createPgliteAdapter } from "rollease/db/pglite";
import { expect, it, onTestFinished, vi } from "vitest";
import { runCli } from "../../adapters/cli/run-cli";

async function run(...args: string[]): Promise<{ code: number; output: string }> {
  let output = "";
  const write = (text: string | Uint8Array): boolean => ((output += String(text)), true);
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockImplementation(write));
  const code = await runCli(args).finally(() => spies.forEach((spy) => spy.mockRestore()));
  return { code, output };
}

it("says what a key reveals, by its name or by itself, in words or as data", { timeout: 60_000 }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "rollease-exposure-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("DATABASE_URL", undefined);
  const db = createPgliteAdapter({ dataDir: join(dataDir, "db") });
  await db.migrate();
  const rl = createRollease({ db, secret: "a-secret-of-the-tests" });
  const rules = [{ conditions: { dimension: "email", op: "eq", value: "canary@corp.example" } as const, value: true }];
  await rl.flags.create({ key: "shown", type: "boolean", defaultValue: false, rules });
  const { id, key } = await rl.keys.create({ name: "web", kind: "client" });
  await rl.keys.create({ name: "twice", kind: "client" });
  await rl.keys.create({ name: "twice", kind: "client" });
  await rl.close();

  const words = await run("exposure", "web", "--data-dir", dataDir);
  expect(words).toEqual({ code: 0, output: expect.stringContaining('email: with "canary@corp.example", in plain') as string });
  const data = await run("exposure", key, "--json", "--data-dir", dataDir, "--hashed-attributes", "email, phone");
  expect(data.output).not.toContain("canary");
  expect(JSON.parse(data.output)).toMatchObject({ key: { id }, attributes: [{ name: "email", plain: [], digested: 1 }] });
  const twice = await run("exposure", "twice", "--data-dir", dataDir);
  expect(twice).toEqual({ code: 1, output: expect.stringContaining("Several keys") as string });
  expect((await run("exposure")).output).toContain("Name one key");
});
