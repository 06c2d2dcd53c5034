import { createParser } from "eventsource-parser";
import { SyncError } from "../errors";
import { ROUTES, STREAM_EVENTS, type ChangeEvent } from "../protocol/wire";
import { request, type HttpRequestOptions } from "./http-request";
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
  query: string,
  since: string | null,
  outer: AbortSignal,
  { onOpen, onChange, onReset }: StreamHandlers,
): Promise<void> {
  const init = { cache: "no-store", ...(since !== null && { headers: { "last-event-id": since } }) } as const;
  const parser = createParser({
    onEvent({ event, data }) {
      // An event of a kind that this version does not know is none of its business.
      if (event === STREAM_EVENTS.reset) onReset();
      if (event !== STREAM_EVENTS.change) return;
      const change: unknown = JSON.parse(data);
      if (!isChangeEvent(change)) throw new SyncError("The answer is not one of a sync server.");
      options.onServerTime(change.now);
      onChange(change);
    },
  });
  try {
    await request(options, ROUTES.stream + query, "text/event-stream", init, outer, async ({ response, signal, extend }) => {
      const body = response.body?.getReader();
      signal.addEventListener("abort", () => void body?.cancel().catch(() => undefined));
      const decoder = new TextDecoder();
      for (let first = true; ; first = false) {
        const chunk = await body?.read();
        if (!chunk?.value || signal.aborted) return;
        if (first) onOpen();
        extend(STREAM_SILENCE_MS);
        options.onBytes(chunk.value.byteLength);
        parser.feed(decoder.decode(chunk.value, { stream: true }));
      }
    });
  } catch (error) {
    if (!outer.aborted) throw error;
  }
}
