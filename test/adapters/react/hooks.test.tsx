// @vitest-environment jsdom
import { StrictMode } from "react";
import type { ReactElement } from "react";
import { act, cleanup, render, renderHook, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  FeatureGate,
  RolleaseProvider,
  useFlag,
  useFlagDetails,
  useFlags,
  useRollease,
  useRolleaseStore,
  useVariant,
} from "../../../adapters/react/index";
import { createFakeClient } from "./fake-client";
import type { FakeClient } from "./fake-client";

afterEach(cleanup);

const below =
  (client: FakeClient) =>
  ({ children }: { children: React.ReactNode }): ReactElement => <RolleaseProvider client={client}>{children}</RolleaseProvider>;

function hook<T>(client: FakeClient, use: () => T): { current: T } {
  return renderHook(use, { wrapper: below(client) }).result;
}

describe("useFlag", () => {
  it("answers the client's own result object and follows it", () => {
    const client = createFakeClient({ theme: "ember" });
    const result = hook(client, () => useFlag("theme"));
    expect(result.current).toBe(client.flagDetails().theme);
    act(() => client.set({ theme: "tide" }));
    expect(result.current.value).toBe("tide");
  });

  it("answers a missing flag with the caller's default, off, as the same object at each render", () => {
    const client = createFakeClient();
    const { result, rerender } = renderHook(() => useFlag("absent", 7), { wrapper: below(client) });
    const first = result.current;
    expect(first).toMatchObject({ key: "absent", value: 7, enabled: false, variant: null, reason: "default", ruleId: null });
    rerender();
    expect(result.current).toBe(first);
    expect(client.recorded).toEqual([]);
  });

  it("takes no property of Object.prototype for a flag", () => {
    const client = createFakeClient();
    expect(hook(client, () => useFlag("constructor", "none")).current.value).toBe("none");
    expect(hook(client, () => useVariant("toString")).current).toEqual({ key: null, value: undefined });
  });

  it("serves the caller's default where a flag has no value of its own, and keeps its reason", () => {
    const client = createFakeClient();
    client.set({ bare: undefined }, { reason: "rule_match" });
    expect(hook(client, () => useFlag("bare", "mine")).current).toMatchObject({ value: "mine", reason: "rule_match" });
  });

  it("notices a flag that appears and one that goes", () => {
    const client = createFakeClient();
    const result = hook(client, () => useFlag("late", "no"));
    act(() => client.set({ late: "yes" }));
    expect(result.current.value).toBe("yes");
    act(() => client.remove("late"));
    expect(result.current).toMatchObject({ value: "no", enabled: false });
  });

  it("follows its key", () => {
    const client = createFakeClient({ a: 1, b: 2 });
    const { result, rerender } = renderHook(({ name }) => useFlag(name), {
      wrapper: below(client),
      initialProps: { name: "a" },
    });
    rerender({ name: "b" });
    expect(result.current.value).toBe(2);
  });
});

describe("re-rendering", () => {
  const keys = Array.from({ length: 20 }, (_, index) => `flag-${index}`);
  const counts = new Map<string, number>();
  const count = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  const Reader = ({ name }: { name: string }): ReactElement => {
    count(name);
    return <i>{String(useFlag(name).value)}</i>;
  };

  it("reaches, of twenty components that read a flag each, only the one whose flag changed", () => {
    counts.clear();
    const client = createFakeClient(Object.fromEntries(keys.map((key) => [key, 0])));
    render(
      keys.map((key) => <Reader key={key} name={key} />),
      { wrapper: below(client) },
    );
    expect([...counts.values()]).toEqual(keys.map(() => 1));

    act(() => client.set({ "flag-3": 1 }));
    expect(counts.get("flag-3")).toBe(2);
    expect([...counts.values()].reduce((sum, n) => sum + n)).toBe(keys.length + 1);
  });

  it("reaches none when a change leaves every result as it was", () => {
    counts.clear();
    const client = createFakeClient({ "flag-0": 0, "flag-1": 1 });
    render([<Reader key="0" name="flag-0" />, <Reader key="1" name="flag-1" />], { wrapper: below(client) });
    act(() => client.set({ "flag-0": 0, "flag-1": 1 }));
    act(() => client.setStatus({ bytesReceived: 99 }));
    expect([...counts.values()]).toEqual([1, 1]);
  });

  it("of useVariant happens for a variant or a value, not for a reason", () => {
    const client = createFakeClient();
    client.set({ price: 10 }, { variant: "a", reason: "weighted_random" });
    const renders = vi.fn();
    const result = hook(client, () => {
      renders();
      return useVariant("price");
    });
    const first = result.current;
    act(() => client.set({ price: 10 }, { variant: "a", reason: "assignment" }));
    expect(renders).toHaveBeenCalledTimes(1);
    act(() => client.set({ price: 12 }, { variant: "b" }));
    expect(result.current).toEqual({ key: "b", value: 12 });
    expect(result.current).not.toBe(first);
  });

  it("of a selector happens when what it selects changes", () => {
    const client = createFakeClient({ a: 1, b: 1 });
    const renders = vi.fn();
    const result = hook(client, () => {
      renders();
      return useRolleaseStore(({ values, status }) => `${String(values.a)} ${status?.phase}`);
    });
    act(() => client.set({ b: 2 }));
    expect(renders).toHaveBeenCalledTimes(1);
    act(() => client.setStatus({ phase: "offline" }));
    expect(result.current).toBe("1 offline");
  });
});

describe("useFlags, useFlagDetails and useRollease", () => {
  it("answer what the client holds", () => {
    const client = createFakeClient({ a: 1 });
    const result = hook(client, () => ({ flags: useFlags(), details: useFlagDetails(), client: useRollease() }));
    expect(result.current).toEqual({ flags: client.flags(), details: client.flagDetails(), client });
    act(() => client.set({ b: 2 }));
    expect(result.current.flags).toEqual({ a: 1, b: 2 });
  });

  it("say what is missing above them", () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect(() => renderHook(() => useFlag("a"))).toThrow("RolleaseProvider");
    const wrapper = ({ children }: { children: React.ReactNode }): ReactElement => (
      <RolleaseProvider initialFlags={{}}>{children}</RolleaseProvider>
    );
    expect(() => renderHook(() => useRollease(), { wrapper })).toThrow("client={...}");
    vi.restoreAllMocks();
  });
});

describe("FeatureGate", () => {
  const Page = (): ReactElement => (
    <FeatureGate flag="perks" fallback="closed">
      {(result) => `open: ${String(result.value)}`}
    </FeatureGate>
  );

  it("opens for a flag that is enabled with a truthy value, and closes again", () => {
    const client = createFakeClient({ perks: true });
    const { container } = render(<Page />, { wrapper: below(client) });
    expect(container.textContent).toBe("open: true");
    act(() => client.set({ perks: true }, { enabled: false, reason: "kill_switch" }));
    expect(container.textContent).toBe("closed");
    act(() => client.set({ perks: 0 }, { enabled: true, reason: "rule_match" }));
    expect(container.textContent).toBe("closed");
  });

  it("shows its fallback for a missing flag, and nothing without one", () => {
    const { container } = render(
      <>
        <Page />
        <FeatureGate flag="absent">never</FeatureGate>
      </>,
      { wrapper: below(createFakeClient()) },
    );
    expect(container.textContent).toBe("closed");
  });
});

describe("impressions", () => {
  it("are recorded after commit, once a value, by useFlag, useVariant and FeatureGate alone", () => {
    const client = createFakeClient({ a: 1, b: 2, c: 3, d: 4 });
    const Page = (): ReactElement => {
      useFlag("a");
      useVariant("b");
      useFlags();
      useFlagDetails();
      expect(client.recorded).toEqual([]);
      return <FeatureGate flag="c">on</FeatureGate>;
    };
    render(<Page />, { wrapper: below(client) });
    expect(client.recorded.sort()).toEqual(["ada:a=1", "ada:b=2", "ada:c=3"]);
  });

  it("follow the value, and never name one that is no longer held", () => {
    const client = createFakeClient({ a: 1 });
    hook(client, () => useFlag("a"));
    act(() => client.set({ a: 2 }));
    expect(client.recorded).toEqual(["ada:a=1", "ada:a=2"]);
  });

  it("are recorded for a new user whose result is the same, although nothing re-renders", async () => {
    const client = createFakeClient({ a: 1 });
    const renders = vi.fn();
    hook(client, () => {
      renders();
      return useFlag("a");
    });
    await act(() => client.identify({ userId: "bo" }));
    expect(renders).toHaveBeenCalledTimes(1);
    expect(client.recorded).toEqual(["ada:a=1", "bo:a=1"]);
  });
});

describe("StrictMode and unmounting", () => {
  it("leave no listener behind", () => {
    const client = createFakeClient({ a: 1 });
    const Page = (): ReactElement => <b data-testid="a">{String(useFlag("a").value)}</b>;
    const page = (
      <StrictMode>
        <RolleaseProvider client={client}>
          <Page />
          <Page />
        </RolleaseProvider>
      </StrictMode>
    );
    const { unmount } = render(page);
    act(() => client.set({ a: 2 }));
    expect(screen.getAllByTestId("a").map((node) => node.textContent)).toEqual(["2", "2"]);
    expect(client.listeners()).toBeGreaterThan(0);
    unmount();
    expect(client.listeners()).toBe(0);
  });

  it("change over to another client", () => {
    const [first, second] = [createFakeClient({ a: 1 }), createFakeClient({ a: 2 })];
    const Page = (): ReactElement => <b>{String(useFlag("a").value)}</b>;
    const page = (client: FakeClient): ReactElement => (
      <RolleaseProvider client={client}>
        <Page />
      </RolleaseProvider>
    );
    const { container, rerender } = render(page(first));
    rerender(page(second));
    expect(container.textContent).toBe("2");
    expect(first.listeners()).toBe(0);
  });
});
