import { createParser } from "eventsource-parser";
import { ROUTES, type ChangeEvent, type StreamEvent } from "../protocol/wire";
import { request, type HttpOptions } from "./http-request";
import { isChangeEvent, parseAnswer } from "./parse-answers";

/** A stream without a byte for this long is dead. */
export const STREAM_SILENCE_MS = 40_000;

export interface StreamHandlers {
  /** Something has come, be it a heartbeat: nothing on the way holds the stream back. */
  readonly onAlive: () => void;
  readonly onChange: (event: ChangeEvent) => void;
  /** The server wants a full pull. */
  readonly onReset: () => void;
}

/** Reads the stream that `query` names, until it ends. Throws `SyncError` where it does not come up, breaks or falls silent. */
export function readStream(options: HttpOptions, query: string, outer: AbortSignal, handlers: StreamHandlers): Promise<void> {
  const parser = createParser({
    onEvent(message) {
      // An event of a kind that this version does not know is none of its business.
      const event = message.event as StreamEvent;
      if (event === "reset") handlers.onReset();
      if (event !== "change") return;
      const change = parseAnswer(message.data, isChangeEvent);
      options.onServerTime(change.now);
      handlers.onChange(change);
    },
  });
  const read = (text: string): void => {
    handlers.onAlive();
    parser.feed(text);
  };
  return request(options, ROUTES.stream + query, "text/event-stream", {}, outer, read, STREAM_SILENCE_MS);
}
