import { createParser } from "eventsource-parser";
import { SyncError } from "../errors";
import { ROUTES, STREAM_EVENTS, type ChangeEvent } from "../protocol/wire";
import { createDeadline, REQUEST_TIMEOUT_MS, send, type HttpRequestOptions } from "./http-request";
import { isChangeEvent } from "./parse-answers";

/** A stream without a byte for this long is dead. */
export const STREAM_SILENCE_MS = 40_000;

export interface StreamHandlers {
  /** The first byte is here: nothing on the way holds the stream back. */
  readonly onOpen: () => void;
  readonly onChange: (event: ChangeEvent) => void;
  /** The server wants a full pull. */
  readonly onReset: () => void;
}

/** Reads the stream from `since` on, until it ends. Throws `SyncError` where it does not come up, breaks or falls silent. */
export async function readStream(
  options: HttpRequestOptions,
  since: string | null,
  signal: AbortSignal,
  { onOpen, onChange, onReset }: StreamHandlers,
): Promise<void> {
  const deadline = createDeadline(options.clock, signal, REQUEST_TIMEOUT_MS);
  let body: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const parser = createParser({
    onEvent({ event, data }) {
      // An event of a kind that this version does not know is none of its business.
      if (event === STREAM_EVENTS.reset) onReset();
      if (event !== STREAM_EVENTS.change) return;
      const change: unknown = JSON.parse(data);
      if (!isChangeEvent(change)) throw new SyntaxError(event);
      onChange(change);
    },
  });
  try {
    const path = since === null ? ROUTES.stream : `${ROUTES.stream}?since=${encodeURIComponent(since)}`;
    const headers = since === null ? {} : { "last-event-id": since };
    const response = await send(options, path, { headers, cache: "no-store" }, deadline, "text/event-stream");
    body = response.body?.getReader();
    const decoder = new TextDecoder();
    let first = true;
    for (;;) {
      const chunk = body && (await deadline.guard(body.read()));
      if (!chunk || chunk.done || signal.aborted) return;
      if (first) onOpen();
      first = false;
      deadline.extend(STREAM_SILENCE_MS);
      options.onBytes(chunk.value.byteLength);
      parser.feed(decoder.decode(chunk.value, { stream: true }));
    }
  } catch (cause) {
    if (!signal.aborted)
      throw cause instanceof SyncError ? cause : new SyncError("The stream broke off.", { retryable: true, cause });
  } finally {
    deadline.end();
    body?.cancel().catch(() => undefined);
  }
}
