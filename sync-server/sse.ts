const encoder = new TextEncoder();

/** A comment line, which readers skip. */
export const HEARTBEAT = encoder.encode(": \n\n");

export const STREAM_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

/** Writes one server-sent event. `data` is JSON, which has no line breaks. */
export function encodeEvent({
  event,
  id,
  data,
}: {
  readonly event?: string;
  readonly id?: string;
  readonly data: string;
}): Uint8Array {
  return encoder.encode(`${event ? `event: ${event}\n` : ""}${id ? `id: ${id}\n` : ""}data: ${data}\n\n`);
}

/** One open stream of server-sent events. */
export interface Connection {
  readonly body: ReadableStream<Uint8Array>;
  /** Whether what was sent so far waits for a reader who does not keep up. */
  full(): boolean;
  /** Sends, whatever waits already. Does nothing once closed. */
  send(bytes: Uint8Array): void;
  /** Ends the stream after what waits in it. */
  close(): void;
}

/** Bytes that may wait for one reader. */
export const MAX_BUFFERED_BYTES = 256 * 1024;

/** Opens a stream. `onEnd` is called once, when either side has ended it. */
export function createConnection(onEnd: () => void, maxBufferedBytes: number = MAX_BUFFERED_BYTES): Connection {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  function end(): ReadableStreamDefaultController<Uint8Array> | undefined {
    const open = controller;
    controller = undefined;
    if (open) onEnd();
    return open;
  }
  const body = new ReadableStream<Uint8Array>(
    {
      start(opened) {
        controller = opened;
      },
      cancel() {
        end();
      },
    },
    // What `ByteLengthQueuingStrategy` is, which edge runtimes do not all have.
    { highWaterMark: maxBufferedBytes, size: byteLengthOf },
  );
  return {
    body,
    full: () => (controller?.desiredSize ?? 0) <= 0,
    send: (bytes) => controller?.enqueue(bytes),
    close: () => end()?.close(),
  };
}

function byteLengthOf(bytes: Uint8Array): number {
  return bytes.byteLength;
}
