// @vitest-environment jsdom
import type { ReactElement } from "react";
import { act, cleanup, render } from "@testing-library/react";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSyncMock } from "../../../adapters/msw/index";
import { RolleaseProvider, useFlag, useRolleaseStore, useVariant } from "../../../adapters/react/index";
import { createMemoryStore, createRolleaseClient } from "../../../src/client/index";
import type { RolleaseClient, RolleaseClientOptions, Snapshot } from "../../../src/client/index";

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

const POLL = { timeout: 20_000, interval: 10 };
const mock = createSyncMock({ snapshot });
const server = setupServer(...mock.handlers);
let client: RolleaseClient | undefined;
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(async () => {
  cleanup();
  client?.destroy();
  await mock.reset();
});
afterAll(async () => {
  server.close();
  await mock.close();
});

function openClient(options: Partial<RolleaseClientOptions> = {}): RolleaseClient {
  client = createRolleaseClient({
    baseUrl: "/api/rollease",
    context: { userId: "ada" },
    streaming: true,
    store: createMemoryStore(),
    flushIntervalMs: 60_000,
    random: () => 0.1,
    ...options,
  });
  return client;
}

function openOfflineClient(flags = snapshot.flags): RolleaseClient {
  mock.goOffline();
  return openClient({ bootstrap: { ...snapshot, flags } });
}

describe("the hooks over a real client", { timeout: 60_000 }, () => {
  const counts = { greeting: 0, members: 0, price: 0 };
  beforeEach(() => void Object.assign(counts, { greeting: 0, members: 0, price: 0 }));
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

  it("render what the server changes, as it changes it, and nothing beside it", async () => {
    const online = openClient();
    await online.ready();
    await expect.poll(() => online.status().phase, POLL).toBe("live");
    const { container } = render(
      <RolleaseProvider client={online}>
        <Greeting />
        <Members />
      </RolleaseProvider>,
    );
    expect(container.textContent).toBe("hellofalse");
    await act(async () => {
      await mock.setFlag("greeting", "good day");
      await expect.poll(() => online.flag<string>("greeting", ""), POLL).toBe("good day");
    });
    expect(container.textContent).toBe("good dayfalse");
    expect(counts).toMatchObject({ greeting: 2, members: 1 });
  });

  it("say that the line is cut, go on with what there is, and catch up when it is back", async () => {
    const Phase = (): ReactElement => <p>{useRolleaseStore((state) => state.status?.phase)}</p>;
    const online = openClient();
    await expect.poll(() => online.status().phase, POLL).toBe("live");
    const { container } = render(
      <RolleaseProvider client={online}>
        <Greeting />
        <Phase />
      </RolleaseProvider>,
    );
    await act(async () => {
      mock.goOffline();
      await expect.poll(() => online.status().phase, POLL).toBe("offline");
    });
    expect(container.textContent).toBe("hellooffline");
    await act(async () => {
      await mock.setFlag("greeting", "welcome back");
      mock.goOnline();
      await expect.poll(() => online.flag<string>("greeting", ""), POLL).toBe("welcome back");
      await expect.poll(() => online.status().phase, POLL).toBe("live");
    });
    expect(container.textContent).toBe("welcome backlive");
  });

  it("take the variant that another device was assigned first", async () => {
    const assigned = openClient({ context: { userId: "bo" } });
    await assigned.ready();
    const { container } = render(
      <RolleaseProvider client={assigned}>
        <Price />
      </RolleaseProvider>,
    );
    const own = container.textContent;
    const other = own === "low" ? "high" : "low";
    expect(await mock.assign({ flagKey: "price", unit: "bo", variantKey: other })).toBe(other);
    await act(() => assigned.flush());
    expect(container.textContent).toBe(other);
    expect(mock.pushes.find(({ entry }) => entry.type === "assignment")).toMatchObject({
      entry: { variantKey: own },
      result: { status: "applied", canonical: other },
    });
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
    await expect.poll(() => offline.status().pending, POLL).toBe(1);
    await act(() => offline.identify({ userId: "bo" }));
    await expect.poll(() => offline.status().pending, POLL).toBe(2);
    await act(() => offline.identify({ userId: "ada" }));
    expect(offline.status().pending).toBe(2);
  });
});
