import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryAdapter } from "rollease/db/memory";
import { serve } from "rollease/server";
import { expect, it, onTestFinished } from "vitest";

it("sends pages digests of the attributes that it is told to hash, and takes no such word for a server of one's own", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "rollease-serve-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const options = { dataDir, port: 0, logging: { sink: () => undefined } };
  const server = await serve({ db: createMemoryAdapter(), ...options, privacy: { hashedAttributes: ["email"] } });
  onTestFinished(() => server.close());
  const conditions = { dimension: "email", op: "eq", value: "canary@corp.example" } as const;
  await server.rl.flags.create({ key: "hashed", type: "boolean", defaultValue: false, rules: [{ conditions, value: true }] });
  const text = await (await fetch(`${server.url}/api/rollease/sync/pull`)).text();
  expect(text).not.toContain("canary");
  expect(JSON.parse(text)).toMatchObject({
    digests: expect.stringContaining("email") as string,
    changes: [{ key: "hashed" }],
  });
  const both = serve({ rl: server.rl, ...options, privacy: { hashedAttributes: ["email"] } });
  await expect(both).rejects.toMatchObject({ code: "CONFIGURATION", message: expect.stringContaining("privacy") as string });
  const malformed = {
    db: createMemoryAdapter(),
    dataDir,
    port: 0,
    privacy: { hashedAttributes: "email" as unknown as string[] },
  };
  await expect(serve(malformed)).rejects.toMatchObject({
    code: "CONFIGURATION",
    message: expect.stringContaining("hashedAttributes") as string,
  });
});
