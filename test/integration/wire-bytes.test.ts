import { createRollease } from "rollease";
import { createMemoryStore, createRolleaseClient, type RolleaseClient } from "rollease/client";
import { createMemoryAdapter } from "rollease/db/memory";
import { serve, type RunningServer } from "rollease/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFaultProxy, type FaultProxy } from "../support/fault-proxy";

/** What whoever speaks HTTP/1.1 adds by itself, and HTTP/2 leaves out or packs. */
const TRANSPORT_HEADERS = ["connection", "keep-alive", "date", "transfer-encoding"];

const lengthOf = (lines: readonly (readonly [string, string])[]): number =>
  lines.reduce((sum, [name, value]) => sum + `${name}: ${value}\r\n`.length, 0);

/**
 * Counts what client and server decide on: the line of the request and the headers that the client gives to `fetch`, status and
 * headers of the answer but for those of the transport, and both bodies.
 */
function createCountingFetch() {
  let bytes = 0;
  const counting: typeof fetch = async (input, init) => {
    const { pathname, search } = new URL(input as string);
    bytes += `${init?.method ?? "GET"} ${pathname}${search} HTTP/1.1\r\n`.length + lengthOf([...new Headers(init?.headers)]);
    bytes += (init?.body as string | undefined)?.length ?? 0;
    const response = await fetch(input, init);
    const headers = [...response.headers].filter(([name]) => !TRANSPORT_HEADERS.includes(name));
    bytes += `HTTP/1.1 ${response.status} ${response.statusText}\r\n`.length + lengthOf(headers);
    const count = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body?.pipeThrough(count), response);
  };
  return { fetch: counting, bytes: () => bytes };
}

const PRICING = {
  key: "pricing-page-layout",
  type: "multivariate",
  clientVisible: true,
  defaultValue: "control",
  variants: [
    { key: "control", value: { layout: "three-columns", highlight: null, currency: "EUR" }, weight: 50 },
    { key: "annual-first", value: { layout: "three-columns", highlight: "annual", currency: "EUR" }, weight: 25 },
    { key: "single-plan", value: { layout: "one-column", highlight: "team", currency: "EUR" }, weight: 25 },
  ],
  rollout: { percentage: 40, sticky: true },
  rules: [
    {
      id: "staff",
      name: "Everybody who works here",
      conditions: { dimension: "email", op: "ends_with", value: "@example.com" },
      value: { layout: "three-columns", highlight: "annual", currency: "EUR" },
    },
    {
      id: "large-customers",
      name: "Large customers in the first countries",
      conditions: {
        all: [
          { dimension: "country", op: "in", value: ["DE", "AT", "CH", "NL", "BE", "LU"] },
          { dimension: "attributes.seats", op: "gte", value: 50 },
        ],
      },
      value: { layout: "one-column", highlight: "team", currency: "EUR" },
    },
  ],
} as const;

describe("over a real socket", () => {
  const counted = createCountingFetch();
  let rl: ReturnType<typeof createRollease>;
  let server: RunningServer;
  let proxy: FaultProxy;
  let client: RolleaseClient;
  beforeAll(async () => {
    rl = createRollease({ db: createMemoryAdapter(), secret: "a-secret-of-sixteen-plus" });
    await rl.ready();
    await rl.flags.create(PRICING as never);
    await rl.flags.create({ key: "small", type: "boolean", defaultValue: false, clientVisible: true });
    server = await serve({ rl, port: 0 });
    proxy = await startFaultProxy(server.url);
    client = createRolleaseClient({
      baseUrl: `${proxy.url}/api/rollease`,
      store: createMemoryStore(),
      streaming: true,
      fetch: counted.fetch,
      random: () => 0,
      impressions: { enabled: false },
    });
    await client.ready();
  });
  afterAll(async () => {
    client?.destroy();
    await proxy?.close();
    await server?.close();
    await rl?.close();
  });

  const live = (): Promise<void> => expect.poll(() => client.status().phase).toBe("live");
  /** What the client has taken in by the end of a change: of all counts, and of bodies alone. */
  const counts = (): readonly [all: number, body: number, socket: number] => [
    counted.bytes(),
    client.status().bytesReceived,
    proxy.bytes(),
  ];
  async function moved(act: () => Promise<void>): Promise<{ all: number; body: number; socket: number }> {
    await live();
    const before = counts();
    await act();
    const [all, body, socket] = counts().map((count, i) => count - (before[i] as number)) as [number, number, number];
    return { all, body, socket };
  }

  it("a reconnect without a change moves less than 500 bytes", async () => {
    const { all, body, socket } = await moved(async () => {
      const { length } = proxy.requests;
      const { bytesReceived } = client.status();
      proxy.cut();
      await expect
        .poll(() => proxy.requests.slice(length), { timeout: 5_000 })
        .toEqual([expect.stringContaining("/sync/stream?since=")]);
      await expect.poll(() => client.status().bytesReceived).toBeGreaterThan(bytesReceived);
    });
    expect(body).toBeLessThan(10);
    expect(all).toBeLessThan(500);
    // With what Node adds, such as `user-agent` and `sec-fetch-mode`.
    expect(socket).toBeLessThan(700);
  });

  it.each([
    ["pricing-page-layout", { rollout: { percentage: 60, sticky: true } }],
    ["small", { defaultValue: true }],
  ])("one change of %s moves its JSON and no more than 240 bytes around it", async (key, patch) => {
    const { all, body, socket } = await moved(async () => {
      const { checkpoint } = client.status();
      await rl.flags.update(key, patch);
      await expect.poll(() => client.status().checkpoint).not.toBe(checkpoint);
    });
    const whole = (await (await fetch(`${server.url}/api/rollease/sync/pull`)).json()) as {
      changes: { key: string; doc: object }[];
    };
    const { length } = JSON.stringify(whole.changes.find((change) => change.key === key)?.doc);
    expect(all).toBe(body);
    expect(socket - length).toBeLessThan(240);
    // What is around it is always the same, so that it shows with flags that are hardly anything themselves.
    if (key === PRICING.key) expect(socket / length).toBeLessThan(1.3);
  });
});
