import { SyncError } from "../../errors";
import type { Clock } from "../../ports/clock";
import { toRetryAfterMs } from "../../protocol/retry-after";

/** A receiver that has not answered by then has not taken the call. */
export const ANSWER_MS = 10_000;

export interface PostOptions {
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  readonly clock: Clock;
  /** Ends the call at once. */
  readonly signal: AbortSignal;
}

/** Makes one call. Only the status counts: redirects are not followed, and no body is read. @throws SyncError */
export async function post({ url, headers, body, clock, signal }: PostOptions): Promise<void> {
  const controller = new AbortController();
  const cancel = (): void => controller.abort(new SyncError("The call was cut short, because the server is closing."));
  const expire = (): void => controller.abort(new SyncError(`The receiver did not answer within ${ANSWER_MS} ms.`));
  // Not `AbortSignal.timeout`: time is the clock's.
  const stopTimer = clock.setTimer(expire, ANSWER_MS);
  signal.addEventListener("abort", cancel);
  if (signal.aborted) cancel();
  try {
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: controller.signal });
    response.body?.cancel().catch(() => undefined);
    if (response.ok) return;
    const retryAfterMs = toRetryAfterMs(response.headers.get("retry-after"), clock.now());
    throw new SyncError(`The receiver answered ${response.status}.`, {
      status: response.status,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  } catch (error) {
    throw error instanceof SyncError ? error : new SyncError("The receiver cannot be reached.", { cause: error });
  } finally {
    stopTimer();
    signal.removeEventListener("abort", cancel);
  }
}
