import { createDefinitionSet } from "../../src/protocol/definition-set";
import type { PullResponse } from "../../src/protocol/wire";
import type { SyncScenario } from "./sync-scenario";

/** Reads a stream until it has said so many events, and leaves. */
async function readStream(
  url: string,
  count: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ response: Response; events: string[][] }> {
  const leaving = new AbortController();
  const response = await fetch(url, { headers, signal: leaving.signal });
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const events = (): string[] => text.split("\n\n").slice(0, -1);
  while (events().length < count) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  leaving.abort();
  return { response, events: events().map((event) => event.split("\n")) };
}

const keysOf = ({ changes }: Pick<PullResponse, "changes">): string[] =>
  changes.map(({ kind, key, deleted }) => `${kind} ${key}${deleted ? " gone" : ""}`);

const AT = "2026-01-01T00:00:00.000Z";
const idOf = (n: number): string => `018f4e2a-7c1d-7000-8000-${String(n).padStart(12, "0")}`;

function headersOf({ headers }: Response, names: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(names.map((name) => [name, headers.get(name)]));
}

/** What clients of the sync protocol may rely on, request by request. */
export const protocolScenarios: readonly SyncScenario[] = [
  {
    name: "a first pull is the whole ruleset, and is not sent twice",
    async run({ baseUrl }) {
      const first = await fetch(`${baseUrl}/sync/pull`);
      const { checkpoint, hash, ...body } = (await first.json()) as PullResponse;
      const etag = first.headers.get("etag") ?? "";
      const definitions = createDefinitionSet();
      definitions.apply(body.changes);
      const again = await fetch(`${baseUrl}/sync/pull`, { headers: { "if-none-match": etag }, cache: "no-store" });
      return {
        status: first.status,
        headers: headersOf(first, ["content-type", "cache-control", "vary"]),
        hasTime: Math.abs(Number(first.headers.get("x-rollease-time")) - Date.now()) < 60_000,
        etag: /^"\w+"$/.test(etag),
        checkpoint: /^[\w-]+\.\d+$/.test(checkpoint),
        hash: definitions.hash === hash,
        keys: keysOf(body),
        more: body.more,
        reset: body.reset,
        again: [again.status, await again.text()],
      };
    },
    expected: {
      status: 200,
      headers: {
        "content-type": "application/json; charset=utf-8",
        "cache-control": "public, no-cache",
        vary: "x-rollease-client-key, Accept-Encoding",
      },
      hasTime: true,
      etag: true,
      checkpoint: true,
      hash: true,
      keys: ["flag checkout", "flag greeting", "flag price"],
      more: false,
      reset: true,
      again: [304, ""],
    },
  },
  {
    name: "a later pull is what has changed, page by page",
    async run({ baseUrl, setFlag, removeFlag }) {
      const pull = async (query: string): Promise<PullResponse> =>
        (await (await fetch(`${baseUrl}/sync/pull${query}`)).json()) as PullResponse;
      const { checkpoint } = await pull("");
      await setFlag("greeting", "good day");
      await removeFlag("checkout");
      const since = await pull(`?since=${checkpoint}`);
      const page = await pull(`?since=${checkpoint}&limit=1`);
      const rest = await pull(`?since=${page.checkpoint}&limit=1`);
      const stranger = await pull("?since=another-epoch.3");
      return {
        since: [keysOf(since), since.more, since.reset ?? false],
        page: [keysOf(page), page.more],
        rest: [keysOf(rest), rest.more, rest.checkpoint === since.checkpoint, rest.hash === since.hash],
        stranger: [keysOf(stranger), stranger.reset],
      };
    },
    expected: {
      since: [["flag greeting", "flag checkout gone"], false, false],
      page: [["flag greeting"], true],
      rest: [["flag checkout gone"], false, true, true],
      stranger: [["flag price", "flag greeting"], true],
    },
  },
  {
    name: "what no client would send is refused as errors are",
    async run({ baseUrl }) {
      const ask = async (path: string, init?: RequestInit): Promise<unknown> => {
        const response = await fetch(baseUrl + path, init);
        const { code, error } = (await response.json()) as { code: string; error: unknown };
        return [path, response.status, code, typeof error];
      };
      const post = (body: string): RequestInit => ({ method: "POST", body, headers: { "content-type": "application/json" } });
      return [
        await ask("/sync/pull?since=nonsense"),
        await ask("/sync/pull?limit=0"),
        await ask("/sync/stream?since=nonsense"),
        await ask("/sync/push", post("{")),
        await ask("/sync/push", post("{}")),
        await ask("/sync/push", { method: "PUT" }),
        await ask("/flags/none"),
        await ask("/admin/flags"),
        await ask("/nothing"),
      ];
    },
    expected: [
      ["/sync/pull?since=nonsense", 400, "BAD_REQUEST", "string"],
      ["/sync/pull?limit=0", 400, "BAD_REQUEST", "string"],
      ["/sync/stream?since=nonsense", 400, "BAD_REQUEST", "string"],
      ["/sync/push", 400, "BAD_REQUEST", "string"],
      ["/sync/push", 400, "BAD_REQUEST", "string"],
      ["/sync/push", 405, "METHOD_NOT_ALLOWED", "string"],
      ["/flags/none", 404, "FLAG_NOT_FOUND", "string"],
      ["/admin/flags", 401, "UNAUTHORIZED", "string"],
      ["/nothing", 404, "NOT_FOUND", "string"],
    ],
  },
  {
    name: "a stream begins with a sign of life, tells each commit, and resumes after the last that was read",
    async run(subject) {
      const { baseUrl } = subject;
      const kindsOf = (events: string[][]): string[] => events.map(([first = ""]) => first.trim());
      const { checkpoint } = (await (await fetch(`${baseUrl}/sync/pull`)).json()) as PullResponse;
      const reading = readStream(`${baseUrl}/sync/stream?since=${checkpoint}`, 2);
      await subject.setFlag("checkout", true);
      const { response, events } = await reading;
      const [alive = [], change = []] = events;
      const id = change.find((line) => line.startsWith("id: "))?.slice(4) ?? "";
      const data = JSON.parse(change.find((line) => line.startsWith("data: "))?.slice(6) ?? "{}") as PullResponse;
      await subject.setFlag("greeting", "one");
      await subject.setFlag("checkout", false);
      const { events: resumed } = await readStream(`${baseUrl}/sync/stream`, 2, { "last-event-id": id });
      const resumedData = JSON.parse(resumed[1]?.at(-1)?.slice(6) ?? "{}") as PullResponse;
      const { events: lost } = await readStream(`${baseUrl}/sync/stream?since=another-epoch.3`, 2);
      const pulled = (await (await fetch(`${baseUrl}/sync/pull`)).json()) as PullResponse;
      return {
        headers: headersOf(response, ["content-type", "cache-control"]),
        first: kindsOf([alive, change]),
        id: id === data.checkpoint,
        keys: keysOf(data),
        resumed: [kindsOf(resumed), keysOf(resumedData)],
        agrees: [resumedData.hash === pulled.hash, resumedData.checkpoint === pulled.checkpoint],
        lost: lost.map((lines) => lines.map((line) => line.trim())),
      };
    },
    expected: {
      headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store, no-transform" },
      first: [":", "event: change"],
      id: true,
      keys: ["flag checkout"],
      resumed: [
        [":", "event: change"],
        ["flag greeting", "flag checkout"],
      ],
      agrees: [true, true],
      lost: [[":"], ["event: reset", "data: {}"]],
    },
  },
  {
    name: "each entry of a push has a verdict of its own, once",
    async run({ baseUrl, assign }) {
      await assign({ flagKey: "price", unit: "u2", variantKey: "high" });
      const entry = (n: number, more: object): object => ({ id: idOf(n), at: AT, ...more });
      const batch = [
        entry(1, { type: "assignment", flagKey: "price", unit: "u1", variantKey: "low" }),
        entry(2, { type: "assignment", flagKey: "price", unit: "u2", variantKey: "low" }),
        entry(3, { type: "assignment", flagKey: "price", unit: "u1", variantKey: "none" }),
        entry(4, { type: "impression", flagKey: "none", unit: "u1", variant: null, value: 1, reason: "default" }),
        entry(5, { type: "event", event: "bought", unit: "u1", value: 2 }),
        { id: "x", type: "event" },
      ];
      const push = async (): Promise<unknown> => {
        const headers = { "content-type": "application/json" };
        const response = await fetch(`${baseUrl}/sync/push`, { method: "POST", body: JSON.stringify({ batch }), headers });
        return ((await response.json()) as { results: object[] }).results.map((result) => Object.values(result).join(" "));
      };
      const first = await push();
      const context = btoa(JSON.stringify({ userId: "u2" })).replace(/=+$/, "");
      const known = await fetch(`${baseUrl}/sync/assignments`, { headers: { "x-rollease-context": context } });
      return { first, again: await push(), known: (await known.json()) as unknown };
    },
    expected: {
      first: [
        `${idOf(1)} applied low`,
        `${idOf(2)} applied high`,
        `${idOf(3)} rejected unknown_variant`,
        `${idOf(4)} rejected unknown_flag`,
        `${idOf(5)} applied`,
        "x rejected malformed",
      ],
      again: [
        `${idOf(1)} duplicate low`,
        `${idOf(2)} duplicate high`,
        `${idOf(3)} rejected unknown_variant`,
        `${idOf(4)} rejected unknown_flag`,
        `${idOf(5)} duplicate`,
        "x rejected malformed",
      ],
      known: { assignments: { price: "high" } },
    },
  },
  {
    name: "flags are evaluated for whoever has no engine",
    async run({ baseUrl }) {
      const headers = { "x-rollease-context": btoa(JSON.stringify({ userId: "u1" })).replace(/=+$/, "") };
      const { flags } = (await (await fetch(`${baseUrl}/flags`, { headers })).json()) as { flags: Record<string, object> };
      const one = (await (await fetch(`${baseUrl}/flags/greeting`, { headers })).json()) as Record<string, unknown>;
      const events = await fetch(`${baseUrl}/events`, { method: "POST", body: JSON.stringify({ event: "seen" }) });
      return [Object.keys(flags).sort(), one["value"], one["reason"], events.status];
    },
    expected: [["checkout", "greeting", "price"], "hello", "default", 204],
  },
];
