import { SyncError } from "../errors";
import type { Clock } from "../ports/clock";
import { toRetryAfterMs } from "../protocol/retry-after";
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

/** A request under way, for who reads its answer. */
export interface Exchange {
  readonly response: Response;
  /** Aborts when the exchange is over, however it ended. */
  readonly signal: AbortSignal;
  /** Gives it so much more time from now on. */
  extend(ms: number): void;
}

/**
 * Sends one request, and reads the answer where its status and type are right. Throws `SyncError` for everything else.
 * It ends in time and with `outer`, also where `fetch` does not listen to signals.
 */
export async function request<T>(
  { baseUrl, fetch, clock, headers, onServerTime }: HttpRequestOptions,
  path: string,
  accept: string,
  init: RequestParts,
  outer: AbortSignal | undefined,
  read: (exchange: Exchange) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const over = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  const cancel = (): void => controller.abort(new SyncError("The request was cancelled."));
  const expire = (): void => controller.abort(new SyncError("The server did not answer in time."));
  // Not `AbortSignal.timeout`: time is the clock's.
  let stopTimer = clock.setTimer(expire, REQUEST_TIMEOUT_MS);
  outer?.addEventListener("abort", cancel);
  if (outer?.aborted) cancel();

  async function exchange(): Promise<T> {
    const sent = { ...init, headers: { ...headers(), ...init.headers, accept }, signal };
    const response = await fetch(baseUrl.replace(/\/+$/, "") + path, sent);
    const type = response.headers.get("content-type");
    if (!response.ok || !type?.startsWith(accept)) {
      response.body?.cancel().catch(() => undefined);
      throw refusal(response, type, clock.now());
    }
    // What a cache kept tells an old time.
    const serverTime = Number(response.headers.get(HEADERS.time));
    if (serverTime && !Number(response.headers.get("age"))) onServerTime(serverTime);
    return read({
      response,
      signal,
      extend(ms) {
        stopTimer();
        stopTimer = clock.setTimer(expire, ms);
      },
    });
  }

  try {
    return await Promise.race([over, exchange()]);
  } catch (cause) {
    throw cause instanceof SyncError ? cause : new SyncError("The server cannot be reached.", { cause });
  } finally {
    stopTimer();
    outer?.removeEventListener("abort", cancel);
    controller.abort();
  }
}

/** What an answer other than the one asked for says; a captive portal's page is among them. */
function refusal({ ok, status, headers }: Response, type: string | null, now: number): SyncError {
  const retryAfterMs = toRetryAfterMs(headers.get("retry-after"), now);
  return new SyncError(`The server answered ${status} (${type}).`, {
    status,
    retryable: ok || status >= 500 || [408, 425, 429].includes(status),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Sends one request and reads the JSON that `accepts` knows. */
export function requestJson<T>(
  options: HttpRequestOptions,
  path: string,
  accepts: (value: unknown) => value is T,
  signal?: AbortSignal,
  init: RequestParts = {},
): Promise<T> {
  return request(options, path, "application/json", init, signal, async ({ response }) => {
    const bytes = await response.arrayBuffer();
    options.onBytes(bytes.byteLength);
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!accepts(body)) throw new SyncError("The answer is not one of a sync server.");
    return body;
  });
}
