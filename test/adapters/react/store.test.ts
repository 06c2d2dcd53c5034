import { describe, expect, it, vi } from "vitest";
import { createRolleaseStore } from "../../../adapters/react/index";
import { createFakeClient } from "./fake-client";

describe("createRolleaseStore", () => {
  it("listens to the client only while somebody listens to it", () => {
    const client = createFakeClient({ a: 1 });
    const store = createRolleaseStore(client);
    expect(client.listeners()).toBe(0);
    const stops = [store.subscribe(() => undefined), store.subscribe(() => undefined)];
    const listening = client.listeners();
    stops[0]?.();
    stops[0]?.();
    expect(client.listeners()).toBe(listening);
    stops[1]?.();
    expect(client.listeners()).toBe(0);
  });

  it("is up to date without a listener too", () => {
    const client = createFakeClient({ a: 1 });
    const store = createRolleaseStore(client);
    client.set({ a: 2 });
    expect(store.getState().values).toEqual({ a: 2 });
    expect(store.getState()).toBe(store.getState());
  });

  it("is up to date with what changed between two listeners", () => {
    const client = createFakeClient({ a: 1 });
    const store = createRolleaseStore(client);
    store.subscribe(() => undefined)();
    client.set({ a: 2 });
    client.setStatus({ pending: 3 });
    const listener = vi.fn();
    store.subscribe(listener);
    expect(store.getState()).toMatchObject({ values: { a: 2 }, status: { pending: 3 } });
    client.set({ a: 3 });
    expect(listener).toHaveBeenCalledOnce();
  });

  it("tells listeners of each change of results and of the status", () => {
    const client = createFakeClient({ a: 1 });
    const store = createRolleaseStore(client);
    const seen: unknown[] = [];
    store.subscribe(({ values, status }) => seen.push([values.a, status?.phase]));
    client.set({ a: 2 });
    client.setStatus({ phase: "offline" });
    expect(seen).toEqual([
      [2, "live"],
      [2, "offline"],
    ]);
  });

  it("serves initial flags until the client has a ruleset", () => {
    const client = createFakeClient({}, null);
    const store = createRolleaseStore(client, { initialFlags: { a: "server" } });
    const listener = vi.fn();
    store.subscribe(listener);
    client.setStatus({ phase: "offline" });
    expect(store.getState().values.a).toBe("server");
    client.setStatus({ checkpoint: "e.1" });
    client.set({ a: "client" });
    expect(store.getState().values.a).toBe("client");
    expect(store.getInitialState()).toMatchObject({ values: { a: "server" }, status: null });
  });
});
