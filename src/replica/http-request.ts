import { SyncError } from "../errors";
import type { Clock } from "../ports/clock";
import { createAlarm } from "./host";
import { toRetryAfterMs } from "../protocol/retry-after";
import { HEADERS } from "../protocol/wire";
import { parseAnswer } from "./parse-answers";

/** A request without an answer for this long has failed. */
export const REQUEST_TIMEOUT_MS = 10_000;

type Headers = Readonly<Record<string, string>>;
/** A request; its headers are a record, so that they can be joined with others. */
type RequestParts = Omit<RequestInit, "headers"> & { readonly headers?: Headers | undefined };

export interface HttpOptions {
  readonly baseUrl: string;
  /** @defaultValue the global `fetch` of the moment */
  readonly fetch?: typeof fetch | undefined;
  /** Sent with each request. */
  readonly headers?: Headers | undefined;
  readonly clientKey?: string | undefined;
  readonly clock: Clock;
  /** Told of the server's clock, in milliseconds since 1970. */
  readonly onServerTime: (serverTime: number) => void;
  readonly onBytes: (count: number) => void;
}

/**
 * Sends one request and reads the body of an answer of that type, as text, in the pieces that it comes in. Throws
 * `SyncError` for everything else. It ends in time and with `outer`, also where `fetch` does not listen to signals.
 *
 * @param silenceMs How long it may go on without a byte after the first. @defaultValue as long as it may take in all
 */
export async function request(
  http: HttpOptions,
  path: string,
  type: string,
  init: RequestParts,
  outer: AbortSignal,
  onText: (text: string) => void,
  silenceMs?: number,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const over = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  // Not `AbortSignal.timeout`: time is the clock's.
  const alarm = createAlarm(http, () => controller.abort(new Error("no answer in time")));
  alarm(REQUEST_TIMEOUT_MS);
  outer.addEventListener("abort", () => controller.abort(), { signal });
  let body: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const drop = (): void => void body?.cancel().catch(() => undefined);

  async function exchange(): Promise<void> {
    outer.throwIfAborted();
    const key = http.clientKey && { [HEADERS.clientKey]: http.clientKey };
    const response = await (http.fetch ?? fetch)(http.baseUrl.replace(/\/+$/, "") + path, {
      ...init,
      headers: { ...http.headers, ...key, ...init.headers, accept: type },
      signal,
    });
    body = response.body?.getReader();
    // A `fetch` that does not listen to signals may answer when nobody waits any more.
    if (signal.aborted) return drop();
    if (!response.ok || !response.headers.get("content-type")?.startsWith(type)) throw refusal(response, http.clock.now());
    // What a cache kept tells an old time.
    const serverTime = Number(response.headers.get(HEADERS.time));
    if (serverTime && !Number(response.headers.get("age"))) http.onServerTime(serverTime);

    const decoder = new TextDecoder();
    for (;;) {
      const chunk = await body?.read();
      if (!chunk?.value || signal.aborted) return;
      if (silenceMs) alarm(silenceMs);
      http.onBytes(chunk.value.byteLength);
      onText(decoder.decode(chunk.value, { stream: true }));
    }
  }

  try {
    await Promise.race([over, exchange()]);
  } catch (cause) {
    throw cause instanceof SyncError ? cause : new SyncError(`The server is away: ${String(cause)}`, { cause });
  } finally {
    alarm(Infinity);
    controller.abort();
    drop();
  }
}

/** What an answer other than the one asked for says; a captive portal's page is among them. */
function refusal({ ok, status, headers }: Response, now: number): SyncError {
  const retryAfterMs = toRetryAfterMs(headers.get("retry-after"), now);
  return new SyncError(`The server answered ${status} (${headers.get("content-type")}).`, {
    status,
    retryable: ok || status >= 500 || [408, 425, 429].includes(status),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Sends one request and reads the JSON that `accepts` knows. */
export async function requestJson<T>(
  options: HttpOptions,
  path: string,
  accepts: (value: unknown) => value is T,
  signal: AbortSignal,
  init: RequestParts = {},
): Promise<T> {
  let text = "";
  await request(options, path, "application/json", init, signal, (chunk) => (text += chunk));
  return parseAnswer(text, accepts);
}
