// @vitest-environment jsdom
import { StrictMode, Suspense } from "react";
import type { ReactElement, ReactNode } from "react";
import { act, cleanup, render, renderHook } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { RolleaseProvider, useFlag, useIdentify, useSyncStatus, useTrack, withFlag } from "../../../adapters/react/index";
import { ConfigurationError } from "../../../src/errors";
import { createFakeClient, type FakeClient } from "./fake-client";

afterEach(cleanup);

const below =
  (client: FakeClient) =>
  ({ children }: { children: ReactNode }): ReactElement => <RolleaseProvider client={client}>{children}</RolleaseProvider>;

/** A client without a ruleset, and what makes it ready. */
function openBooting(values: Record<string, unknown> = {}) {
  const client = createFakeClient(values, null);
  let settle: () => void = () => undefined;
  const ready = vi.fn(() => promise);
  const promise = new Promise<void>((resolve) => (settle = resolve));
  client.ready = ready;
  return { client, ready, settle: () => act(() => Promise.resolve(settle())) };
}

describe("a flag that is waited for", () => {
  const Theme = (): ReactElement => <b>{useFlag("theme", "plain", { suspend: true }).value}</b>;
  const Bare = (): ReactElement => <i>{String(useFlag("theme", { suspend: true }).value)}</i>;
  const page = (
    <Suspense fallback="wait">
      <Theme />
      <Bare />
    </Suspense>
  );

  it("shows the fallback until the client is ready, and then what it holds", async () => {
    const { client, ready, settle } = openBooting();
    const { container } = render(<StrictMode>{page}</StrictMode>, { wrapper: below(client) });
    expect(container.textContent).toBe("wait");
    act(() => client.set({ theme: "tide" }));
    expect(container.textContent).toBe("wait");
    await settle();
    expect(container.textContent).toBe("tidetide");
    expect(ready).toHaveBeenCalledTimes(1);
    act(() => client.set({ theme: "ember" }));
    expect(container.textContent).toBe("emberember");
    // Who comes later waits no more, though there still is no ruleset.
    const { container: later } = render(page, { wrapper: below(client) });
    expect(later.textContent).toBe("emberember");
  });

  it("is the default where the client is ready without any ruleset", async () => {
    const { client, settle } = openBooting();
    const { container } = render(page, { wrapper: below(client) });
    await settle();
    expect(container.textContent).toBe("plainundefined");
  });

  it("is not waited for where there is a ruleset, or what a server rendered with, or no client", () => {
    const { container } = render(page, { wrapper: below(createFakeClient({ theme: "tide" })) });
    expect(container.textContent).toBe("tidetide");
    const { client } = openBooting();
    const rendered = { theme: "server" };
    for (const provider of [
      <RolleaseProvider key="1" client={client} initialFlags={rendered} children={page} />,
      <RolleaseProvider key="2" initialFlags={rendered} children={page} />,
    ])
      expect(render(provider).container.textContent).toBe("serverserver");
  });

  it("has an object with more than `suspend` for its default", () => {
    const client = createFakeClient();
    const value = { suspend: true, other: 1 };
    const { result } = renderHook(() => useFlag<object>("absent", value), { wrapper: below(client) });
    expect(result.current.value).toBe(value);
    const same = renderHook(() => useFlag<object>("absent", { suspend: true }, { suspend: false }), { wrapper: below(client) });
    expect(same.result.current.value).toEqual({ suspend: true });
  });
});

describe("what the client can do", () => {
  it("is called by functions that stay the same", async () => {
    const client = createFakeClient({ theme: "tide" });
    const track = vi.fn();
    client.track = track;
    const { result, rerender } = renderHook(() => [useTrack(), useIdentify()] as const, { wrapper: below(client) });
    const first = result.current;
    rerender();
    expect([result.current[0] === first[0], result.current[1] === first[1]]).toEqual([true, true]);
    first[0]("bought", { value: 12 });
    expect(track.mock.calls).toEqual([["bought", { value: 12 }]]);
    await act(() => first[1]({ userId: "bo" }));
    expect(client.context()).toEqual({ userId: "bo" });
  });

  it("is refused where there is none, when it is called and not before", () => {
    const wrapper = ({ children }: { children: ReactNode }): ReactElement => (
      <RolleaseProvider initialFlags={{}}>{children}</RolleaseProvider>
    );
    const { result } = renderHook(() => [useTrack(), useIdentify()] as const, { wrapper });
    expect(() => result.current[0]("bought")).toThrow(ConfigurationError);
    expect(() => result.current[1]({})).toThrow(/useIdentify/);
  });
});

describe("useSyncStatus", () => {
  it("follows the client's", () => {
    const client = createFakeClient();
    const { result } = renderHook(useSyncStatus, { wrapper: below(client) });
    expect(result.current?.phase).toBe("live");
    act(() => client.setStatus({ phase: "offline", pending: 3 }));
    expect(result.current).toMatchObject({ phase: "offline", pending: 3 });
  });
});

describe("withFlag", () => {
  const Checkout = ({ items }: { items: number }): ReactElement => <b>{items} items</b>;

  it("shows a component, with its properties, to those for whom the flag is on", () => {
    const Gated = withFlag("checkout", { fallback: <i>old</i> })(Checkout);
    expect(Gated.displayName).toBe("withFlag(checkout)(Checkout)");
    const client = createFakeClient({ checkout: false });
    const { container } = render(<Gated items={3} />, { wrapper: below(client) });
    expect(container.textContent).toBe("old");
    act(() => client.set({ checkout: true }));
    expect(container.textContent).toBe("3 items");
  });

  it("shows nothing in its place unless told what", () => {
    const Gated = withFlag("absent")(Checkout);
    expect(render(<Gated items={3} />, { wrapper: below(createFakeClient()) }).container.textContent).toBe("");
  });
});
