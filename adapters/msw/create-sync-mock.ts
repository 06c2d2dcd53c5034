import { http, HttpResponse } from "msw";
import { ConfigurationError } from "../../src/errors";
import { ROUTES } from "../../src/protocol/wire";
import { INTERNAL } from "../../src/server/types";
import type { MockRollease } from "../../src/testing/index";
import { readBaseUrl } from "./base-url";
import { createFaults, refuse } from "./faults";
import { createOpenStreams } from "./open-streams";
import { answerPush, type JudgePush, type RecordedPush } from "./push-record";
import { startServer } from "./start-server";
import type { SyncMock, SyncMockOptions } from "./types";

/** Makes a mock; its server begins to start at once. @throws ConfigurationError that names the field */
export function createSyncMock(options: SyncMockOptions = {}): SyncMock {
  const base = readBaseUrl(options.baseUrl ?? "/api/rollease");
  const faults = createFaults();
  const streams = createOpenStreams();
  const pushes: RecordedPush[] = [];
  let latencyMs = readLatency(options.latencyMs ?? 0);
  let isOffline = false;
  let isClosed = false;
  let judge: JudgePush | undefined;
  let running = startServer(options, base.pathname);
  /** The last of what changes the server. */
  let turn: Promise<unknown> = running;

  function inTurn<T>(work: (rl: MockRollease) => Promise<T>): Promise<T> {
    const done = turn
      .then(
        () => running,
        () => running,
      )
      .then(({ rl }) => work(rl));
    turn = done;
    return done;
  }

  async function serve(request: Request, path: string): Promise<Response> {
    const { handler } = await running;
    if (path === ROUTES.push) return answerPush(request, handler, judge, (judged) => void pushes.push(...judged));
    const response = await handler(request);
    return response.headers.get("content-type")?.startsWith("text/event-stream") ? streams.join(response) : response;
  }

  async function answer(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname.slice(base.pathname.length);
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    if (isOffline) return HttpResponse.error();
    const failure = isClosed ? refuse({ status: 503 }) : faults.take(path);
    if (failure) return failure;
    const response = await serve(asSent(request), path);
    // The line may have been cut while the server was at it.
    return isOffline ? HttpResponse.error() : response;
  }

  function goOffline(): void {
    isOffline = true;
    streams.end("broken");
  }

  function goOnline(): void {
    isOffline = false;
    if ("dispatchEvent" in globalThis) globalThis.dispatchEvent(new Event("online"));
  }

  async function restart(before: MockRollease): Promise<void> {
    faults.clear();
    judge = undefined;
    pushes.length = 0;
    latencyMs = options.latencyMs ?? 0;
    isOffline = false;
    const next = startServer(options, base.pathname);
    await next;
    running = next;
    await before.close();
  }

  return {
    handlers: [http.all(base.below, ({ request }) => answer(request))],
    pushes,
    get streams() {
      return streams.size;
    },
    ready: () => running.then(() => undefined),
    server: () => running.then(({ rl }) => rl),
    setFlag: (key, flag) => inTurn((rl) => rl.setFlag(key, flag)),
    removeFlag: (key) => inTurn((rl) => removeFlag(rl, key)),
    assign: (assignment) => inTurn((rl) => rl[INTERNAL].assign(assignment)),
    emit: streams.emit,
    endStreams: () => streams.end("cleanly"),
    goOffline,
    goOnline,
    failNext: faults.add,
    judgePushes(next) {
      judge = next;
    },
    setLatency(next) {
      latencyMs = readLatency(next);
    },
    reset: () => inTurn(restart),
    close: () =>
      inTurn((rl) => {
        isClosed = true;
        return rl.close();
      }),
  };
}

/** Without the wish for a compressed answer: whoever takes a mocked answer does not unpack it. */
function asSent(request: Request): Request {
  if (!request.headers.has("accept-encoding")) return request;
  const headers = new Headers(request.headers);
  headers.delete("accept-encoding");
  return new Request(request, { headers });
}

async function removeFlag(rl: MockRollease, key: string): Promise<void> {
  const { locked } = await rl.flags.get(key);
  if (locked === true) await rl.flags.setLock(key, { locked: false });
  await rl.flags.delete(key, { confirm: key });
}

function readLatency(latencyMs: number): number {
  if (!(latencyMs >= 0 && latencyMs < Infinity)) throw new ConfigurationError("latencyMs: must be a number of milliseconds.");
  return latencyMs;
}
