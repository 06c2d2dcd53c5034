import {
  FeatureFlag,
  FeatureFlagMiddleware,
  FLAG_CACHE_KEY,
  type FlagProvider,
  FlagStoreNotConfiguredError,
  type FlagValue,
  getRequestCache,
  setRequestCache,
} from "rollease/feature-flag";
import { afterEach, describe, expect, it } from "vitest";

afterEach(() => {
  FeatureFlag.restore();
  FeatureFlag.onError(undefined);
});

const request = (path = ""): Request => new Request(`https://app.example/${path}`);

/** A provider that answers from a list, which may change, and counts. */
function provide(flags: Record<string, FlagValue>): FlagProvider & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async evaluate(key) {
      asked.push(key);
      await Promise.resolve();
      return flags[key] as FlagValue;
    },
  };
}

describe("FeatureFlagMiddleware", () => {
  it("reads flags once, and hands on the request and the response", async () => {
    const provider = provide({ beta: true, limit: 10, "old-checkout": false });
    FeatureFlag.configureProvider(provider);
    const middleware = new FeatureFlagMiddleware(["beta", "limit", "old-checkout"]);
    const incoming = request();
    const outgoing = new Response("done");
    const response = await middleware.handle(incoming, async (handed) => {
      expect(handed).toBe(incoming);
      expect(await FeatureFlag.isEnabled("beta", handed)).toBe(true);
      expect(await FeatureFlag.active("beta", handed)).toBe(true);
      expect(await FeatureFlag.isEnabled("old-checkout", handed)).toBe(false);
      expect(await FeatureFlag.getValue<number>("limit", handed)).toBe(10);
      return outgoing;
    });
    expect(response).toBe(outgoing);
    expect(provider.asked).toEqual(["beta", "limit", "old-checkout"]);
    expect(getRequestCache(incoming)).toEqual(
      new Map<string, FlagValue>([
        ["beta", true],
        ["limit", 10],
        ["old-checkout", false],
      ]),
    );
  });

  it("reads all flags at once, and calls next when it has them", async () => {
    const open = new Map<string, (value: FlagValue) => void>();
    FeatureFlag.configureProvider({ evaluate: (key) => new Promise((resolve) => open.set(key, resolve)) });
    let handled = false;
    const response = new FeatureFlagMiddleware(["a", "b", "a"]).handle(request(), async () => {
      handled = true;
      return new Response();
    });
    await Promise.resolve();
    expect([...open.keys()]).toEqual(["a", "b"]);
    open.get("b")?.(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(handled).toBe(false);
    open.get("a")?.(true);
    await response;
    expect(handled).toBe(true);
  });

  it("shows a request the values that it began with, and the next one its own", async () => {
    const flags: Record<string, FlagValue> = { beta: true };
    FeatureFlag.configureProvider(provide(flags));
    const middleware = new FeatureFlagMiddleware(["beta"]);
    const [first, second] = [request("1"), request("2")];
    let finishFirst: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (finishFirst = resolve));
    const seen: boolean[] = [];
    const answer = async (handed: Request): Promise<Response> => {
      if (handed === first) await held;
      seen.push(await FeatureFlag.isEnabled("beta", handed));
      return new Response();
    };
    const firstResponse = middleware.handle(first, answer);
    await new Promise((resolve) => setImmediate(resolve));
    flags["beta"] = false;
    await middleware.handle(second, answer);
    finishFirst();
    await firstResponse;
    expect(seen).toEqual([false, true]);
    expect(getRequestCache(first)).not.toBe(getRequestCache(second));
  });

  it("keeps apart a hundred requests at once", async () => {
    let count = 0;
    FeatureFlag.configureProvider({
      async evaluate() {
        const mine = ++count;
        await new Promise((resolve) => setImmediate(resolve));
        return mine;
      },
    });
    const middleware = new FeatureFlagMiddleware(["number"]);
    const seen = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const response = await middleware.handle(request(String(i)), async (handed) => {
          await new Promise((resolve) => setImmediate(resolve));
          return Response.json([await FeatureFlag.getValue("number", handed), await FeatureFlag.getValue("number", handed)]);
        });
        const [one, two] = (await response.json()) as [number, number];
        expect(one).toBe(two);
        return one;
      }),
    );
    expect(new Set(seen).size).toBe(100);
    expect(count).toBe(100);
  });

  it("lets a request pass that it cannot read a flag for, and whoever wants the flag asks again", async () => {
    const failure = new Error("The network is down.");
    let down = true;
    const heard: unknown[] = [];
    FeatureFlag.onError((error, flag) => heard.push([error, flag]));
    FeatureFlag.configureProvider({
      async evaluate(key) {
        if (key === "a" && down) throw failure;
        return true;
      },
    });
    const incoming = request();
    await new FeatureFlagMiddleware(["a", "b"]).handle(incoming, async (handed) => {
      expect([...(getRequestCache(handed)?.keys() ?? [])]).toEqual(["b"]);
      expect(heard).toEqual([[failure, "a"]]);
      expect(await FeatureFlag.isEnabled("a", handed)).toBe(false);
      down = false;
      expect(await FeatureFlag.isEnabled("a", handed)).toBe(true);
      return new Response();
    });
  });

  it("leaves a missing flag to be missed by whoever wants it", async () => {
    FeatureFlag.configureProvider(provide({}));
    const incoming = request();
    await new FeatureFlagMiddleware(["missing"]).handle(incoming, async () => new Response());
    expect(getRequestCache(incoming)).toEqual(new Map());
    expect(await FeatureFlag.isEnabled("missing", incoming)).toBe(false);
    await expect(FeatureFlag.getValue("missing", incoming)).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
  });

  it("lets requests pass that need no flags where nothing is configured, and only those", async () => {
    const middleware = new FeatureFlagMiddleware(["a"]);
    expect((await middleware.handle(request(), async () => new Response("page"))).status).toBe(200);
    const asks = middleware.handle(request(), async (handed) => Response.json(await FeatureFlag.isEnabled("a", handed)));
    await expect(asks).rejects.toBeInstanceOf(FlagStoreNotConfiguredError);
  });

  it("adds to what a middleware before it has read", async () => {
    const provider = provide({ a: true, b: true, c: true });
    FeatureFlag.configureProvider(provider);
    const incoming = request();
    await new FeatureFlagMiddleware(["a", "b"]).handle(incoming, (handed) =>
      new FeatureFlagMiddleware(["b", "c"]).handle(handed, async () => new Response()),
    );
    expect([...(getRequestCache(incoming)?.keys() ?? [])]).toEqual(["a", "b", "c"]);
    expect(provider.asked).toEqual(["a", "b", "c"]);
  });

  it("reads a fake without counting as a check", async () => {
    FeatureFlag.fake({ a: true });
    const incoming = request();
    await new FeatureFlagMiddleware(["a", "missing"]).handle(incoming, async () => new Response());
    expect(getRequestCache(incoming)).toEqual(new Map([["a", true]]));
    expect(() => FeatureFlag.assertChecked("a")).toThrow("to be checked");
    await FeatureFlag.isEnabled("a", incoming);
    FeatureFlag.assertChecked("a");
  });

  it("passes on what next fails with", async () => {
    FeatureFlag.fake({});
    const failure = new Error("No such page.");
    await expect(new FeatureFlagMiddleware([]).handle(request(), () => Promise.reject(failure))).rejects.toBe(failure);
  });

  it.each([["beta"], [undefined], [[1]], [[""]]])("names the flags that it cannot read: %o", (flags) => {
    expect(() => new FeatureFlagMiddleware(flags as string[])).toThrow("flags: must be a list of names of flags.");
  });
});

describe("the cache of a request", () => {
  it("is null until there is one, and is the one that was set", () => {
    const incoming = request();
    expect(getRequestCache(incoming)).toBeNull();
    const cache = new Map<string, FlagValue>([["a", { b: 1 }]]);
    setRequestCache(incoming, cache);
    expect(getRequestCache(incoming)).toBe(cache);
    const other = new Map<string, FlagValue>();
    setRequestCache(incoming, other);
    expect(getRequestCache(incoming)).toBe(other);
  });

  it("is kept under one symbol, which nothing that copies properties takes along", () => {
    const incoming = request();
    const cache = new Map<string, FlagValue>();
    setRequestCache(incoming, cache);
    expect(typeof FLAG_CACHE_KEY).toBe("symbol");
    expect((incoming as { [FLAG_CACHE_KEY]?: unknown })[FLAG_CACHE_KEY]).toBe(cache);
    expect(getRequestCache(Object.assign(request(), incoming))).toBeNull();
    expect(getRequestCache(new Request(incoming))).toBeNull();
    expect(getRequestCache(incoming.clone())).toBeNull();
  });

  it("answers where there is nothing else to ask", async () => {
    const incoming = request();
    setRequestCache(incoming, new Map<string, FlagValue>([["a", "true"]]));
    expect(await FeatureFlag.isEnabled("a", incoming)).toBe(true);
    expect(await FeatureFlag.getValue("a", incoming)).toBe("true");
    await expect(FeatureFlag.isEnabled("b", incoming)).rejects.toBeInstanceOf(FlagStoreNotConfiguredError);
  });
});
