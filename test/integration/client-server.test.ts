import { afterEach, describe, expect, it } from "vitest";
import { createMemoryAdapter } from "rollease/db/memory";
import { createMemoryStore, createRolleaseClient, type RolleaseClient, type RolleaseClientOptions } from "rollease/client";
import { createSyncHandler, type HandlerOptions } from "rollease/server";
import { createRollease } from "rollease";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

interface Net {
  down: boolean;
  /** Answers that get lost on their way back from paths that end so. */
  losing: string | undefined;
  readonly requests: string[];
  /** Breaks every stream that is open. */
  breakStreams(): void;
}

/** A server, and clients whose `fetch` is its handler. */
async function start(options: HandlerOptions = {}, environment?: string) {
  const db = createMemoryAdapter();
  const rl = createRollease({ db, secret: "a-secret-of-sixteen-plus", ...(environment !== undefined && { environment }) });
  const handler = createSyncHandler(rl, options);
  opened.push(() => rl.close(), handler.close);
  await rl.ready();
  let wire = new AbortController();
  const net: Net = {
    down: false,
    losing: undefined,
    requests: [],
    breakStreams() {
      wire.abort();
      wire = new AbortController();
    },
  };
  const fetchFromHandler: typeof fetch = async (input, init) => {
    if (net.down) throw new TypeError("fetch failed");
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    net.requests.push(pathname.replace("/api/rollease", "") + search);
    const response = await handler(request);
    if (net.losing && pathname.endsWith(net.losing)) throw new TypeError("connection reset");
    if (!pathname.endsWith("/stream")) return response;
    const body = response.body?.pipeThrough(new TransformStream(), { signal: wire.signal }) ?? null;
    return new Response(body, response);
  };
  const errors: Error[] = [];
  const client = (clientOptions: Partial<RolleaseClientOptions> = {}): RolleaseClient => {
    const made = createRolleaseClient({
      baseUrl: "http://localhost/api/rollease",
      fetch: fetchFromHandler,
      store: createMemoryStore(),
      context: { userId: "u1" },
      streaming: true,
      flushIntervalMs: 20,
      onError: (error) => errors.push(error),
      ...clientOptions,
    });
    opened.push(() => made.destroy());
    return made;
  };
  return { rl, net, errors, client };
}

async function until(condition: () => unknown, what = "it"): Promise<void> {
  for (const end = Date.now() + 10_000; !condition(); await new Promise((resolve) => setTimeout(resolve, 5))) {
    if (Date.now() > end) throw new Error(`${what} did not come about`);
  }
}

const experiment = (key: string) =>
  ({
    key,
    type: "multivariate",
    defaultValue: 0,
    variants: [
      { key: "low", value: 9, weight: 1 },
      { key: "high", value: 12, weight: 1 },
    ],
    rollout: { percentage: 100, sticky: true },
  }) as const;

describe("a client of the real handler", () => {
  it("sees a flip while it happens, and agrees with the server about the ruleset", async () => {
    const { rl, client, errors, net } = await start();
    await rl.flags.create({ key: "checkout", type: "boolean", defaultValue: false });
    const app = client();
    await app.ready();
    await until(() => app.status().phase === "live");
    const values: unknown[] = [];
    app.onFlagChange("checkout", (value) => values.push(value));
    await rl.flags.update("checkout", { defaultValue: true });
    await until(() => values.length > 0);
    await rl.flags.kill("checkout");
    await until(() => values.length > 1);
    expect(values).toEqual([true, false]);
    await rl.flags.delete("checkout", { confirm: "checkout" });
    await until(() => Object.keys(app.flags()).length === 0);
    expect(errors).toEqual([]);
    expect(net.requests.filter((request) => request.startsWith("/sync/pull"))).toHaveLength(1);
  });

  it("gives every reason that the server gives, with the same value, variant and rule", async () => {
    const { rl, client } = await start({}, "production");
    const flags = rl.flags;
    const plain = { type: "boolean", defaultValue: false } as const;
    await flags.create({ key: "killed", ...plain });
    await flags.kill("killed");
    await flags.create({ key: "archived", ...plain });
    await flags.archive("archived");
    await flags.create({ key: "early", ...plain, scheduledAt: new Date(Date.now() + 3_600_000) });
    await flags.create({ key: "late", ...plain, expiresAt: new Date(Date.now() - 3_600_000) });
    await flags.create({ key: "dependent", ...plain, prerequisites: [{ flagKey: "killed" }] });
    await flags.create({ key: "excluded", ...plain });
    await flags.createExclusionLayer({ key: "layer", allocations: [{ flagKey: "excluded", start: 0, end: 0.001 }] });
    await flags.create({ key: "overridden", ...plain });
    await flags.setOverride("overridden", { scope: "user", id: "u1", value: true });
    await flags.create({ key: "ruled", ...plain });
    await flags.addRule("ruled", { conditions: { dimension: "userId", op: "eq", value: "u1" }, value: true });
    await flags.createSegment({ key: "insiders", rules: { dimension: "userType", op: "eq", value: "internal" } });
    await flags.create({ key: "segmented", ...plain });
    await flags.addRule("segmented", { conditions: { segment: "insiders" }, value: true });
    await flags.create({ key: "rolled", ...plain, rollout: { percentage: 100 } });
    await flags.create({ key: "plain", ...plain, defaultValue: true });
    await flags.create({ key: "by-environment", type: "string", defaultValue: "x", environmentDefaults: { production: "p" } });
    await flags.create({ ...experiment("split"), rollout: { percentage: 100 } });
    await flags.create(experiment("sticky"));
    const context = { userId: "u1", userType: "internal" };
    const app = client({ context });
    await app.ready();
    // The first look assigns, here as there; from the second on the assignment is what counts.
    app.evaluate("sticky");
    await app.flush();
    await app.refetch();
    const here = Object.values(app.flagDetails()).map(({ key, value, variant, enabled, reason, ruleId }) => ({
      key,
      value,
      variant,
      enabled,
      reason,
      ruleId,
    }));
    const there = await flags.evaluateAll(context);
    for (const result of here) expect(there[result.key], result.key).toMatchObject(result);
    expect(Object.keys(there).sort()).toEqual(here.map(({ key }) => key).sort());
    expect(Object.fromEntries(here.map(({ key, reason }) => [key, reason]))).toEqual({
      killed: "kill_switch",
      archived: "disabled",
      early: "not_scheduled",
      late: "expired",
      dependent: "prerequisite_not_met",
      excluded: "exclusion_group_miss",
      overridden: "override",
      ruled: "rule_match",
      segmented: "rule_match",
      rolled: "percentage",
      plain: "default",
      "by-environment": "default",
      split: "weighted_random",
      sticky: "assignment",
    });
    expect(app.flag("by-environment", "")).toBe("p");
    const trace = (await flags.evaluate("ruled", context, { trace: true })).trace;
    expect(app.evaluate("ruled", { trace: true }).trace).toEqual(trace);
  });

  it("assigns offline, and the server has assignment and impressions exactly once when it is back", async () => {
    const { rl, client, net } = await start();
    await rl.flags.create(experiment("price"));
    const store = createMemoryStore();
    const first = client({ store });
    await first.ready();
    first.destroy();

    net.down = true;
    const offline = client({ store, context: { userId: "newcomer" } });
    await offline.ready();
    const { variant } = offline.evaluate("price");
    await until(() => offline.status().pending === 2, "two entries");
    offline.destroy();

    net.down = false;
    // The server takes the push, and its answers are lost again and again.
    net.losing = "/sync/push";
    const back = client({ store, context: { userId: "newcomer" } });
    await back.ready();
    await until(() => net.requests.filter((request) => request === "/sync/push").length >= 2, "two tries");
    net.losing = undefined;
    await until(() => back.status().pending === 0, "delivery");
    expect(await rl.flags.getUserAssignments("newcomer")).toEqual({ price: variant });
    expect(await rl.flags.listImpressions({ userId: "newcomer" })).toHaveLength(1);
    expect(back.evaluate("price")).toMatchObject({ variant, reason: "assignment" });
  });

  it("adopts the assignment of the device that was first", async () => {
    const { rl, client } = await start();
    await rl.flags.create(experiment("price"));
    const [phone, laptop] = [client({ flushIntervalMs: 600_000 }), client({ flushIntervalMs: 600_000 })];
    await Promise.all([phone.ready(), laptop.ready()]);
    const mine = laptop.evaluate("price").variant;
    // The phone was first, and with the other variant: the weights were others then.
    const weights = mine === "low" ? { low: 0, high: 1 } : { low: 1, high: 0 };
    const { variants } = experiment("price");
    await rl.flags.update("price", { variants: variants.map((each) => ({ ...each, weight: weights[each.key] })) });
    await phone.refetch();
    const theirs = phone.evaluate("price").variant;
    expect(theirs).not.toBe(mine);
    await phone.flush();
    await laptop.flush();
    await until(() => laptop.evaluate("price").variant === theirs, "adoption");
    expect(laptop.assignments()).toEqual({ price: theirs });
    expect(await rl.flags.getUserAssignments("u1")).toEqual({ price: theirs });
  });

  it("takes a visitor's assignments along at login, and the server has them for both, but for those that the user had", async () => {
    const { rl, client, net } = await start();
    const keys = ["one", "two", "three", "four"];
    for (const key of keys) await rl.flags.create(experiment(key));
    const laptop = client({ context: { userId: "user" } });
    await laptop.ready();
    const known = laptop.evaluate("one").variant;
    await laptop.flush();

    const phone = client({ context: { userId: "visitor" } });
    await phone.ready();
    const visited = Object.fromEntries(keys.map((key) => [key, phone.evaluate(key).variant]));
    net.down = true;
    net.breakStreams();
    await phone.identify({ userId: "user" }, { alias: "visitor" });
    expect(phone.assignments()).toEqual(visited);
    net.down = false;
    await phone.flush();
    const merged = { ...visited, one: known };
    expect(await rl.flags.getUserAssignments("visitor")).toEqual(visited);
    expect(await rl.flags.getUserAssignments("user")).toEqual(merged);
    expect(phone.assignments()).toEqual(merged);
    await laptop.refetch();
    expect(laptop.assignments()).toEqual(merged);
  });

  it("takes a whole catch-up at once after its stream broke", async () => {
    const { rl, client, net } = await start();
    await rl.flags.create({ key: "a", type: "number", defaultValue: 0 });
    const app = client();
    await app.ready();
    await until(() => app.status().phase === "live");
    net.down = true;
    net.breakStreams();
    await until(() => app.status().phase === "offline", "offline");
    for (let i = 1; i <= 20; i++) await rl.flags.update("a", { defaultValue: i });
    await rl.flags.create({ key: "b", type: "boolean", defaultValue: true });
    const seen: unknown[] = [];
    app.onChange(() => seen.push(app.flags()));
    net.down = false;
    await app.refetch();
    expect(seen).toEqual([{ a: 20, b: true }]);
  });

  it("starts from the server's own snapshot without a disagreement", async () => {
    const { rl, client, errors, net } = await start();
    await rl.flags.create({ key: "a", type: "boolean", defaultValue: true });
    const bootstrap = await rl.flags.snapshot();
    const app = client({ bootstrap });
    expect(app.flag("a", false)).toBe(true);
    await app.ready();
    await until(() => app.status().phase === "live");
    expect(net.requests.some((request) => request === "/sync/pull")).toBe(false);
    expect(errors).toEqual([]);
  });
});
