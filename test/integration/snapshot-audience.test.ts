import { createRollease, type Rollease, type RolleaseConfig } from "rollease";
import { createMemoryStore, createRolleaseClient } from "rollease/client";
import { createMemoryAdapter } from "rollease/db/memory";
import { expect, it, onTestFinished } from "vitest";
import { createManualClock } from "../support/manual-clock";

async function open(config: Partial<RolleaseConfig> = {}): Promise<Rollease> {
  const secret = "a-secret-of-the-tests";
  const rl = createRollease({ db: createMemoryAdapter(), secret, logging: { sink: () => undefined }, ...config });
  onTestFinished(() => rl.close());
  await rl.ready();
  return rl;
}
const keysOf = ({ flags }: { readonly flags: readonly { readonly key: string }[] }): string[] => flags.map(({ key }) => key);
const flag = (rl: Rollease, key: string, more: object = {}): Promise<unknown> =>
  rl.flags.create({ key, type: "string", defaultValue: "off", ...more });

it("of the ruleset for a page holds what its key may see, which is what the page starts with and goes on from", async () => {
  const rl = await open({ privacy: { hashedAttributes: ["email"] } });
  const conditions = { dimension: "email", op: "eq", value: "canary@corp.example" } as const;
  await flag(rl, "mailed", { owner: "canary", rules: [{ conditions, value: "on" }] });
  await flag(rl, "hidden", { clientVisible: false });
  await flag(rl, "chosen", { tags: ["beta"] });
  await rl.flags.setOverride("chosen", { scope: "user", id: "canary-user", value: "mine" });
  const { id } = await rl.keys.create({ name: "web", kind: "client" });
  const beta = await rl.keys.create({ name: "beta", kind: "client", tags: ["beta"] });

  expect(keysOf(await rl.flags.snapshot())).toEqual(["mailed", "hidden", "chosen"]);
  expect(keysOf(await rl.flags.snapshot({ audience: { kind: "server" } }))).toEqual(["mailed", "hidden", "chosen"]);
  expect(keysOf(await rl.flags.snapshot({ audience: beta.id }))).toEqual(["chosen"]);
  expect(keysOf(await rl.flags.snapshot({ audience: { kind: "client", flags: ["hidden", "mailed"] } }))).toEqual(["mailed"]);

  const text = JSON.stringify(await rl.flags.snapshot({ audience: id }));
  expect(text).not.toMatch(/canary|hidden/);
  const asked: string[] = [];
  const handler = rl.createHandler({ allowAnonymous: true });
  const client = createRolleaseClient({
    baseUrl: "http://test/api/rollease",
    context: { userId: "canary-user", attributes: { email: "canary@corp.example" } },
    bootstrap: JSON.parse(text) as Awaited<ReturnType<Rollease["flags"]["snapshot"]>>,
    store: createMemoryStore(),
    tabs: false,
    fetch(url, init) {
      const request = new Request(url, init);
      const { pathname, searchParams } = new URL(request.url);
      asked.push(`${pathname.split("/").at(-1) ?? ""} ${searchParams.get("since") ?? ""}`);
      // Nothing is told of the ruleset but by the snapshot, until the test lets it.
      return online ? handler(request) : Promise.reject(new TypeError("offline"));
    },
  });
  let online = false;
  onTestFinished(client.destroy);
  const values = (): unknown => ["mailed", "chosen"].map((key) => client.evaluate(key).value);
  await expect.poll(values).toEqual(["on", "mine"]);
  online = true;
  await client.refetch();
  const { checkpoint } = await rl.flags.snapshot({ audience: id });
  expect(asked.at(-1)).toBe(`pull ${checkpoint}`);
  expect(values()).toEqual(["on", "mine"]);
});

it("is of the key's environment, and of no key that is none, holds no more or is of elsewhere", async () => {
  const clock = createManualClock();
  const db = createMemoryAdapter();
  const rl = await open({ clock, db });
  await flag(rl, "everywhere", { environmentDefaults: { production: "p", staging: "s" } });
  await flag(rl, "staged", { environments: ["staging"] });
  const make = (more: object): Promise<{ id: string }> => rl.keys.create({ name: "k", kind: "client", ...more });
  const { id } = await make({ environment: "staging" });
  const staging = await rl.flags.snapshot({ audience: id });
  expect(staging).toMatchObject({
    environment: "staging",
    flags: [{ environmentDefaults: { staging: "s" } }, { key: "staged" }],
  });
  expect(JSON.stringify(staging)).not.toContain("production");
  const production = await rl.flags.snapshot({ audience: { kind: "client" }, environment: "production" });
  expect([production.environment, keysOf(production)]).toEqual(["production", ["everywhere"]]);

  const refused = (options: object, path: string): Promise<void> =>
    expect(rl.flags.snapshot(options)).rejects.toMatchObject({ code: "VALIDATION", issues: [{ path }] });
  await refused({ audience: id, environment: "production" }, "environment");
  await refused({ audience: "rl_client_no-id" }, "audience");
  await refused({ audience: { kind: "everybody" } }, "kind");
  await refused({ audience: { kind: "client", flags: "all" } }, "flags");
  await refused({ audience: { kind: "client", tag: ["beta"] } }, "tag");
  await rl.keys.revoke(id);
  await refused({ audience: id }, "audience");
  const short = await make({ expiresAt: new Date(clock.now() + 1_000).toISOString() });
  await rl.flags.snapshot({ audience: short.id });
  await clock.advance(1_000);
  await refused({ audience: short.id }, "audience");
});
