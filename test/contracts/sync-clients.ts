import { createMemoryStore, createRolleaseClient, type RolleaseClient, type RolleaseClientOptions } from "../../src/client/index";
import type { SyncScenario, SyncSubject } from "./sync-scenario";

async function until(condition: () => unknown, what: string): Promise<void> {
  for (const end = Date.now() + 20_000; !condition(); await new Promise((resolve) => setTimeout(resolve, 5))) {
    if (Date.now() > end) throw new Error(`${what} did not come about`);
  }
}

/** Runs with clients that are gone afterwards. */
async function withClients<T>(
  { baseUrl }: SyncSubject,
  work: (open: (options?: Partial<RolleaseClientOptions>) => RolleaseClient, errors: Error[]) => Promise<T>,
): Promise<T> {
  const clients: RolleaseClient[] = [];
  const errors: Error[] = [];
  const open = (options: Partial<RolleaseClientOptions> = {}): RolleaseClient => {
    const client = createRolleaseClient({
      baseUrl,
      store: createMemoryStore(),
      context: { userId: "u1" },
      streaming: true,
      flushIntervalMs: 20,
      tabs: false,
      random: () => 0.1,
      onError: (error) => errors.push(error),
      ...options,
    });
    clients.push(client);
    return client;
  };
  try {
    return await work(open, errors);
  } finally {
    for (const client of clients) client.destroy();
  }
}

/** What a client does with a sync server, be it a real one or a mock. */
export const clientScenarios: readonly SyncScenario[] = [
  {
    name: "a client sees flips and removals live, with one pull",
    run: (subject) =>
      withClients(subject, async (open, errors) => {
        const client = open();
        await client.ready();
        await until(() => client.status().phase === "live", "a live client");
        const seen: unknown[] = [];
        client.onFlagChange("checkout", (value) => seen.push(value));
        await subject.setFlag("checkout", true);
        await until(() => seen.length === 1, "the first flip");
        await subject.setFlag("checkout", false);
        await until(() => seen.length === 2, "the second flip");
        await subject.removeFlag("greeting");
        await until(() => !("greeting" in client.flags()), "the removal");
        return { seen, left: Object.keys(client.flags()).sort(), errors: errors.map(String) };
      }),
    expected: { seen: [true, false], left: ["checkout", "price"], errors: [] },
  },
  {
    name: "a client that polls follows, too",
    run: (subject) =>
      withClients(subject, async (open) => {
        const client = open({ streaming: false, refreshInterval: 30 });
        await client.ready();
        await until(() => client.status().phase === "polling", "a polling client");
        await subject.setFlag("checkout", true);
        await until(() => client.flag("checkout", false), "the flip");
        return client.flag("greeting", "");
      }),
    expected: "hello",
  },
  {
    name: "a client whose stream ends resumes, and misses nothing",
    run: (subject) =>
      withClients(subject, async (open) => {
        const client = open();
        await until(() => client.status().phase === "live", "a live client");
        await subject.endStreams();
        await subject.setFlag("greeting", "back");
        await until(() => client.flag<string>("greeting", "") === "back", "the resumption");
        await until(() => client.status().phase === "live", "a live client again");
        return client.flag("greeting", "");
      }),
    expected: "back",
  },
  {
    name: "a client without a network goes on with what it has, keeps what is to be sent, and catches up",
    run: (subject) =>
      withClients(subject, async (open) => {
        const client = open();
        await until(() => client.status().phase === "live", "a live client");
        await client.flush();
        await subject.goOffline();
        await until(() => client.status().phase === "offline", "an offline client");
        const refused = await client.refetch().then(
          () => "answered",
          (error: unknown) => (error as Error).name,
        );
        client.track("bought", { value: 1 });
        await until(() => client.status().pending === 1, "an event that waits");
        const meanwhile = client.flag("greeting", "");
        await subject.goOnline();
        await subject.setFlag("greeting", "back");
        await until(() => client.flag<string>("greeting", "") === "back", "the catch-up");
        await until(() => client.status().pending === 0, "the delivery");
        return { refused, meanwhile };
      }),
    expected: { refused: "SyncError", meanwhile: "hello" },
  },
  {
    name: "a client takes the assignment that another device came first with",
    run: (subject) =>
      withClients(subject, async (open) => {
        const own = open({ context: { userId: "u3" } });
        await own.ready();
        const variant = own.evaluate("price").variant;
        await own.flush();
        const other = variant === "low" ? "high" : "low";
        const kept = await subject.assign({ flagKey: "price", unit: "u3", variantKey: other });
        await subject.assign({ flagKey: "price", unit: "u4", variantKey: "low" });
        await subject.assign({ flagKey: "price", unit: "u5", variantKey: "high" });
        const seen: unknown[] = [];
        for (const userId of ["u4", "u5"]) {
          await own.identify({ userId });
          seen.push(own.evaluate("price").variant, own.evaluate("price").reason);
        }
        return { kept: kept === variant, seen };
      }),
    expected: { kept: true, seen: ["low", "assignment", "high", "assignment"] },
  },
  {
    name: "a client with the right key syncs",
    clientKey: "pk_right",
    run: (subject) =>
      withClients(subject, async (open) => {
        const client = open({ clientKey: "pk_right" });
        await until(() => client.status().phase === "live", "a live client");
        return client.flag("greeting", "");
      }),
    expected: "hello",
  },
  {
    name: "a client with a key that does not hold stops, and says why",
    clientKey: "pk_right",
    run: (subject) =>
      withClients(subject, async (open, errors) => {
        const client = open({ clientKey: "pk_wrong" });
        await until(() => client.status().phase === "stopped", "a stopped client");
        const [error] = errors as (Error & { status?: number })[];
        return [error?.name, error?.status, client.flag("greeting", "default")];
      }),
    expected: ["SyncError", 401, "default"],
  },
];
