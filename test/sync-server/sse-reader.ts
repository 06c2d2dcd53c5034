import { EventSourceParserStream } from "eventsource-parser/stream";

export interface ReadEvent {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

/** Reads server-sent events of a response, one at a time; `undefined` at the end. */
export function readEvents(response: Response): { next(): Promise<ReadEvent | undefined>; cancel(): Promise<void> } {
  if (!response.body) throw new Error("The response has no body.");
  const reader = response.body
    .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  return {
    async next() {
      const { value } = await reader.read();
      return value && { event: value.event, id: value.id, data: JSON.parse(value.data) as Record<string, unknown> };
    },
    cancel: () => reader.cancel(),
  };
}
