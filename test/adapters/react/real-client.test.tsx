// @vitest-environment jsdom
import type { ReactElement } from "react";
import { act, cleanup, render } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { RolleaseProvider, useFlag, useVariant } from "../../../adapters/react/index";
import { createMemoryStore, createRolleaseClient } from "../../../src/client/index";
import type { RolleaseClient, Snapshot } from "../../../src/client/index";

const stamps = { version: 1, createdAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:00:00.000Z", rules: [] };
const snapshot: Snapshot = {
  version: 1,
  checkpoint: "epoch.1",
  flags: [
    { ...stamps, key: "greeting", type: "string", status: "active", defaultValue: "hello" },
    {
      ...stamps,
      key: "members",
      type: "boolean",
      status: "active",
      defaultValue: false,
      rules: [{ id: "r-1", conditions: { dimension: "plan", op: "eq", value: "club" }, value: true }],
    },
    {
      ...stamps,
      key: "price",
      type: "multivariate",
      status: "active",
      defaultValue: 0,
      rollout: { percentage: 100, sticky: true },
      variants: [
        { key: "low", value: 10, weight: 50 },
        { key: "high", value: 12, weight: 50 },
      ],
    },
  ],
  segments: [],
  layers: [],
};

let client: RolleaseClient | undefined;
afterEach(() => {
  cleanup();
  client?.destroy();
});

function openOfflineClient(flags = snapshot.flags): RolleaseClient {
  client = createRolleaseClient({
    baseUrl: "/api/rollease",
    context: { userId: "ada" },
    bootstrap: { ...snapshot, flags },
    store: createMemoryStore(),
    fetch: () => Promise.reject(new TypeError("There is no network.")),
    flushIntervalMs: 60_000,
  });
  return client;
}

describe("the hooks over a real client", () => {
  const counts = { greeting: 0, members: 0, price: 0 };
  const Greeting = (): ReactElement => (counts.greeting++, (<p>{useFlag("greeting", "").value}</p>));
  const Members = (): ReactElement => (counts.members++, (<p>{String(useFlag("members", false).value)}</p>));
  const Price = (): ReactElement => (counts.price++, (<p>{useVariant<number>("price").key}</p>));

  it("paint without a network, follow a new user, and render again only what changed", async () => {
    const offline = openOfflineClient();
    await offline.ready();
    const { container } = render(
      <RolleaseProvider client={offline}>
        <Greeting />
        <Members />
        <Price />
      </RolleaseProvider>,
    );
    const { price } = offline.assignments();
    expect(container.textContent).toBe(`hellofalse${price}`);

    await act(() => offline.identify({ userId: "ada", attributes: { plan: "club" } }));
    expect(container.textContent).toBe(`hellotrue${price}`);
    expect(counts).toEqual({ greeting: 1, members: 2, price: 1 });
  });

  it("count what each user was shown, once", async () => {
    const [greeting] = snapshot.flags;
    const offline = openOfflineClient(greeting && [greeting]);
    await offline.ready();
    render(
      <RolleaseProvider client={offline}>
        <Greeting />
        <Greeting />
      </RolleaseProvider>,
    );
    await expect.poll(() => offline.status().pending).toBe(1);
    await act(() => offline.identify({ userId: "bo" }));
    await expect.poll(() => offline.status().pending).toBe(2);
    await act(() => offline.identify({ userId: "ada" }));
    expect(offline.status().pending).toBe(2);
  });
});
