import type { Change } from "../../src/model/definition";
import type { Flag } from "../../src/model/flag";
import { createDefinitionSet } from "../../src/protocol/definition-set";
import { HEADERS, type PushEntry, type PushRequest, type PushResult } from "../../src/protocol/wire";
import type { ManualClock } from "./manual-clock";

export type FlagSketch = Partial<Flag> & Pick<Flag, "key">;
export const BASE_URL = "http://flags.test/api/rollease";

/** What happens to a request in place of an answer, or before it. */
export type Fault = (request: Request, answer: () => Promise<Response>) => Promise<Response> | Response;

export interface FakeSyncServer {
  readonly fetch: typeof fetch;
  /** One commit of any number of flags. */
  commit(flags: readonly FlagSketch[], gone?: readonly string[]): void;
  /** The feed starts over, as after a restored backup. */
  startOver(epoch: string): void;
  /** Says no hash that is right. */
  lieAboutHash(lies: boolean): void;
  /** Ends every stream. */
  closeStreams(): void;
  heartbeat(): void;
  readonly streams: number;
  readonly requests: string[];
  readonly headers: Headers[];
  readonly pushed: PushEntry[];
  readonly applied: Map<string, PushEntry>;
  /** By unit, then flag key. */
  readonly assignments: Map<string, Map<string, string>>;
  /** Changes of one page; everything where absent. */
  pageSize: number | undefined;
  /** Consulted for every request whose path ends in the key. */
  readonly faults: Map<string, Fault>;
  readonly checkpoint: string;
  timeOffsetMs: number;
  /** What pulls say that the ruleset is of. */
  environment: string | undefined;
}

const AT = "2026-01-01T00:00:00.000Z";

/** A sync server in memory, by the wire protocol and nothing else. */
export function createFakeSyncServer(clock: ManualClock): FakeSyncServer {
  let epoch = "e1";
  let seq = 0;
  let lies = false;
  let feed: Change[] = [];
  const definitions = createDefinitionSet();
  const streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const encoder = new TextEncoder();
  const hash = (): string => (lies ? "0-deadbeef" : definitions.hash);
  const checkpoint = (at = seq): string => `${epoch}.${at}`;

  function json(body: unknown): Response {
    return Response.json(body, { headers: { [HEADERS.time]: String(clock.now() + server.timeOffsetMs) } });
  }
  function position(since: string | null): number | "reset" {
    if (since === null) return -1;
    const [of, at] = since.split(".");
    return of === epoch && Number(at) <= seq ? Number(at) : "reset";
  }
  const tell = (text: string): void => {
    for (const stream of [...streams]) stream.enqueue(encoder.encode(text));
  };
  const changeEvent = (changes: readonly Change[]): string => {
    const data = { checkpoint: checkpoint(), changes, hash: hash(), now: clock.now() + server.timeOffsetMs };
    return `event: change\nid: ${checkpoint()}\ndata: ${JSON.stringify(data)}\n\n`;
  };

  function pull(url: URL): Response {
    const since = position(url.searchParams.get("since"));
    const from = since === "reset" ? -1 : since;
    const wanted = feed.filter((change) => change.seq > from && (from >= 0 || !change.deleted));
    const { pageSize = Infinity } = server;
    const page = wanted.slice(0, pageSize);
    const more = page.length < wanted.length;
    return json({
      checkpoint: checkpoint(more ? page.at(-1)?.seq : seq),
      changes: page,
      more,
      ...(since === "reset" && { reset: true }),
      ...(server.environment && { environment: server.environment }),
      hash: hash(),
    });
  }

  function stream(request: Request, url: URL): Response {
    const since = position(url.searchParams.get("since"));
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        own = controller;
        controller.enqueue(encoder.encode(": \n\n"));
        if (since === "reset") controller.enqueue(encoder.encode("event: reset\ndata: {}\n\n"));
        else {
          const missed = feed.filter((change) => change.seq > since);
          if (missed.length) controller.enqueue(encoder.encode(changeEvent(missed)));
        }
        streams.add(controller);
        request.signal.addEventListener("abort", () => {
          if (streams.delete(controller)) controller.error(request.signal.reason);
        });
      },
      cancel() {
        streams.delete(own);
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  function apply(entry: PushEntry): PushResult {
    const { id } = entry;
    const status = server.applied.has(id) ? "duplicate" : "applied";
    server.applied.set(id, entry);
    if (entry.type !== "assignment") return { id, status };
    const known = server.assignments.get(entry.unit) ?? new Map<string, string>();
    server.assignments.set(entry.unit, known);
    if (!known.has(entry.flagKey)) known.set(entry.flagKey, entry.variantKey);
    return { id, status, canonical: known.get(entry.flagKey) as string };
  }

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.replace("/api/rollease", "");
    if (path === "/sync/pull") return pull(url);
    if (path === "/sync/stream") return stream(request, url);
    if (path === "/sync/push") {
      const { batch } = (await request.json()) as PushRequest;
      server.pushed.push(...batch);
      return json({ results: batch.map(apply) });
    }
    if (path === "/sync/assignments") {
      const context = JSON.parse(Buffer.from(request.headers.get(HEADERS.context) ?? "", "base64url").toString()) as {
        userId?: string;
      };
      return json({ assignments: Object.fromEntries(server.assignments.get(context.userId ?? "") ?? []) });
    }
    return Response.json({ error: "No such route.", code: "NOT_FOUND" }, { status: 404 });
  }

  const server: FakeSyncServer = {
    async fetch(input, init) {
      const request = new Request(input, init);
      const { pathname, search } = new URL(request.url);
      server.requests.push(`${request.method} ${pathname.replace("/api/rollease", "")}${search}`);
      server.headers.push(request.headers);
      const fault = [...server.faults].find(([end]) => pathname.endsWith(end))?.[1];
      return fault ? fault(request, () => answer(request)) : answer(request);
    },
    commit(flags, gone = []) {
      seq++;
      const changes: Change[] = flags.map((flag) => ({
        kind: "flag",
        key: flag.key,
        seq,
        doc: {
          type: "boolean",
          status: "active",
          defaultValue: false,
          rules: [],
          createdAt: AT,
          updatedAt: AT,
          version: seq,
          ...flag,
        },
      }));
      for (const key of gone) changes.push({ kind: "flag", key, seq, deleted: true });
      definitions.apply(changes);
      feed = [...feed.filter(({ key }) => !changes.some((change) => change.key === key)), ...changes];
      tell(changeEvent(changes));
    },
    startOver(next) {
      epoch = next;
      seq = 1;
      feed = feed.map((change) => ({ ...change, seq: 1 }));
      definitions.apply(feed, true);
      tell("event: reset\ndata: {}\n\n");
    },
    lieAboutHash: (next) => void (lies = next),
    closeStreams() {
      for (const stream of streams) stream.close();
      streams.clear();
    },
    heartbeat: () => tell(": \n\n"),
    get streams() {
      return streams.size;
    },
    requests: [],
    headers: [],
    pushed: [],
    applied: new Map(),
    assignments: new Map(),
    pageSize: undefined,
    faults: new Map(),
    get checkpoint() {
      return checkpoint();
    },
    timeOffsetMs: 0,
    environment: undefined,
  };
  return server;
}
