import { SyncError } from "../errors";
import type { Clock } from "../ports/clock";
import { HEADERS } from "../protocol/wire";

/** A request without an answer for this long has failed. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** A request; its headers are a record, so that they can be joined with others. */
export type RequestParts = Omit<RequestInit, "headers"> & { readonly headers?: Readonly<Record<string, string>> };

export interface HttpRequestOptions {
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly headers: () => Readonly<Record<string, string>>;
  /** Told of the server's clock, in milliseconds since 1970. */
  readonly onServerTime: (serverTime: number) => void;
  readonly onBytes: (count: number) => void;
}

/** Limits how long something may take, and ends with what is around it. The timer is ours, so that nothing can collect it. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Starts the time anew. */
  extend(ms: number): void;
  /** Rejects when the time is up or the outer signal aborts, also where the awaited one does not listen to signals. */
  guard<T>(promise: Promise<T>): Promise<T>;
  end(): void;
}

export function createDeadline(clock: Clock, outer: AbortSignal | undefined, ms: number): Deadline {
  const controller = new AbortController();
  const { signal } = controller;
  const fail = (message: string) => (): void => controller.abort(new SyncError(message, { retryable: true }));
  const onAbort = fail("The request was cancelled.");
  const onTime = fail("The server did not answer in time.");
  let stopTimer = clock.setTimer(onTime, ms);
  if (outer?.aborted) onAbort();
  outer?.addEventListener("abort", onAbort);
  return {
    signal,
    extend(nextMs) {
      stopTimer();
      stopTimer = clock.setTimer(onTime, nextMs);
    },
    guard: (promise) =>
      new Promise((resolve, reject) => {
        const refuse = (): void => reject(signal.reason as Error);
        if (signal.aborted) refuse();
        signal.addEventListener("abort", refuse, { once: true });
        promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", refuse));
      }),
    end() {
      stopTimer();
      outer?.removeEventListener("abort", onAbort);
      controller.abort();
    },
  };
}

/** `Retry-After` as milliseconds: a number of seconds, or a date. */
function retryAfter(response: Response, now: number): number | undefined {
  const text = response.headers.get("retry-after");
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** Sends one request and answers a response of the right status and type. Throws `SyncError` for everything else. */
export async function send(
  { baseUrl, fetch, clock, headers, onServerTime }: HttpRequestOptions,
  path: string,
  init: RequestParts,
  deadline: Deadline,
  type: string,
): Promise<Response> {
  let response: Response;
  try {
    const request = { ...init, headers: { ...headers(), ...init.headers, accept: type }, signal: deadline.signal };
    response = await deadline.guard(fetch(baseUrl.replace(/\/+$/, "") + path, request));
  } catch (cause) {
    throw cause instanceof SyncError ? cause : new SyncError("The server cannot be reached.", { retryable: true, cause });
  }
  const { status } = response;
  const right = response.headers.get("content-type")?.startsWith(type);
  if (!response.ok || !right) {
    response.body?.cancel().catch(() => undefined);
    const retryAfterMs = retryAfter(response, clock.now());
    throw new SyncError(response.ok ? "Something else than a sync server answered." : `The server answered ${status}.`, {
      status,
      retryable: response.ok || status >= 500 || [408, 425, 429].includes(status),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  // What a cache kept tells an old time.
  const serverTime = Number(response.headers.get(HEADERS.time) ?? NaN);
  if (serverTime && !Number(response.headers.get("age"))) onServerTime(serverTime);
  return response;
}

/** Sends one request and reads the JSON that `accepts` knows. */
export async function requestJson<T>(
  options: HttpRequestOptions,
  path: string,
  accepts: (value: unknown) => value is T,
  signal?: AbortSignal,
  init: RequestParts = {},
): Promise<T> {
  const deadline = createDeadline(options.clock, signal, REQUEST_TIMEOUT_MS);
  try {
    const response = await send(options, path, init, deadline, "application/json");
    let body: unknown;
    try {
      const bytes = await deadline.guard(response.arrayBuffer());
      options.onBytes(bytes.byteLength);
      body = JSON.parse(new TextDecoder().decode(bytes));
    } catch (cause) {
      throw cause instanceof SyncError ? cause : new SyncError("The answer broke off.", { retryable: true, cause });
    }
    if (!accepts(body)) throw new SyncError("The answer is not one of a sync server.", { retryable: true });
    return body;
  } finally {
    deadline.end();
  }
}
