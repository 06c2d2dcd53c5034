import { describe, expect, it, vi } from "vitest";
import { createMemoryStore, createRolleaseClient, type RolleaseClient, type RolleaseClientOptions } from "../../src/client";
import { BASE_URL, createFakeSyncServer } from "../support/fake-sync-server";
import { createManualClock, settle } from "../support/manual-clock";

function world() {
  const clock = createManualClock();
  const server = createFakeSyncServer(clock);
  const errors: Error[] = [];
  const open: RolleaseClient[] = [];
  function client(options: Partial<RolleaseClientOptions> = {}): RolleaseClient {
    const made = createRolleaseClient({
      baseUrl: BASE_URL,
      fetch: server.fetch,
      store: createMemoryStore(),
      context: { userId: "u1" },
      clock,
      random: () => 0.5,
      onError: (error) => errors.push(error),
      ...options,
    });
    open.push(made);
    return made;
  }
  return { clock, server, errors, client };
}

describe("a client", () => {
  it("answers defaults at once and the server's values once it is ready", async () => {
    const { server, client } = world();
    server.commit([{ key: "checkout", defaultValue: true }]);
    const rl = client();
    expect(rl.flag("checkout", false)).toBe(false);
    expect(rl.status().phase).toBe("booting");
    await rl.ready();
    expect(rl.flag("checkout", false)).toBe(true);
    expect(rl.flags()).toEqual({ checkout: true });
    expect(rl.flagDetails().checkout).toMatchObject({ key: "checkout", value: true, reason: "default", variant: null });
    expect(rl.status()).toMatchObject({ phase: "polling", checkpoint: "e1.1", store: "memory", leader: true });
    rl.destroy();
  });

  it("shows a change that is streamed, tells who listens, and keeps what did not change the same object", async () => {
    const { server, client } = world();
    server.commit([{ key: "a" }, { key: "b" }]);
    const rl = client({ streaming: true });
    await rl.ready();
    await settle();
    expect(rl.status().phase).toBe("live");
    const details = rl.flagDetails();
    const flags = rl.flags();
    const values: unknown[] = [];
    const any = vi.fn();
    rl.onFlagChange("a", (value) => values.push(value));
    rl.onFlagChange("b", () => values.push("b"));
    rl.onChange(any);
    server.commit([{ key: "a", defaultValue: true }]);
    await settle();
    expect(values).toEqual([true]);
    expect(any).toHaveBeenCalledTimes(1);
    expect(rl.flagDetails().a).not.toBe(details.a);
    expect(rl.flagDetails().b).toBe(details.b);
    expect(rl.flags()).toEqual({ a: true, b: false });
    expect(rl.flags()).not.toBe(flags);
    const after = rl.flags();
    server.commit([{ key: "a", defaultValue: true, version: 9 }]);
    await settle();
    expect(rl.flags()).toBe(after);
    rl.destroy();
  });

  it("leaves nothing open when it is destroyed", async () => {
    const { clock, server, client } = world();
    server.commit([{ key: "a" }]);
    const rl = client({ streaming: true, maxStalenessMs: 60_000 });
    await rl.ready();
    rl.track("seen");
    await settle();
    expect(server.streams).toBe(1);
    rl.destroy();
    await settle();
    expect(clock.timers).toBe(0);
    expect(server.streams).toBe(0);
    const { length } = server.requests;
    await clock.advance(600_000);
    expect(server.requests).toHaveLength(length);
    await expect(rl.refetch()).rejects.toMatchObject({ code: "CLOSED" });
    expect(rl.flag("a", true)).toBe(false);
    expect(rl.status().phase).toBe("stopped");
  });

  it("starts from the store while the server is away, and catches up when it is back", async () => {
    const { clock, server, client } = world();
    const store = createMemoryStore();
    server.commit([{ key: "a", defaultValue: true }, { key: "gone" }]);
    const first = client({ store });
    await first.ready();
    await settle();
    first.destroy();
    await settle();

    server.faults.set("", () => Promise.reject(new TypeError("fetch failed")));
    const rl = client({ store, streaming: true });
    await rl.ready();
    expect(rl.flags()).toEqual({ a: true, gone: false });
    await settle();
    expect(rl.status()).toMatchObject({ phase: "offline", checkpoint: "e1.1" });
    server.commit([{ key: "b" }], ["gone"]);
    server.faults.clear();
    await clock.advance(60_000);
    expect(rl.flags()).toEqual({ a: true, b: false });
    expect(rl.status().phase).toBe("live");
    rl.destroy();
  });
});
