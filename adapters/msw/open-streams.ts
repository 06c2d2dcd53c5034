import type { JsonValue } from "../../src/model/json";

/**
 * `reset` tells readers to pull anew, `heartbeat` says nothing but that the line holds; anything else is an event as it
 * stands, whether or not a server would send it.
 */
export type EmittedEvent = "reset" | "heartbeat" | { readonly event?: string; readonly id?: string; readonly data: JsonValue };

/** The streams that are open, each with what the server sends on it and what is put in between. */
export interface OpenStreams {
  readonly size: number;
  /** The same answer, on a line that the others of these reach. */
  join(answer: Response): Response;
  emit(event: EmittedEvent): number;
  /** Ends each, cleanly or as a broken line does. */
  end(how: "cleanly" | "broken"): void;
}

interface OpenStream {
  send(bytes: Uint8Array): void;
  end(how: "cleanly" | "broken"): void;
}

export function createOpenStreams(): OpenStreams {
  const open = new Set<OpenStream>();

  function join(answer: Response): Response {
    const source = answer.body?.getReader();
    if (!source) return answer;
    let line: OpenStream | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        line = {
          send: (bytes) => controller.enqueue(bytes),
          end(how) {
            if (how === "cleanly") controller.close();
            else controller.error(new TypeError("The network is gone."));
            void source.cancel();
          },
        };
        open.add(line);
      },
      async pull(controller) {
        const { value } = await source.read();
        if (!line || !open.has(line)) return;
        if (value) controller.enqueue(value);
        else if (open.delete(line)) controller.close();
      },
      cancel(reason) {
        if (line) open.delete(line);
        return source.cancel(reason);
      },
    });
    return new Response(body, answer);
  }

  return {
    get size() {
      return open.size;
    },
    join,
    emit(event) {
      const bytes = new TextEncoder().encode(toText(event));
      for (const line of open) line.send(bytes);
      return open.size;
    },
    end(how) {
      const ending = [...open];
      open.clear();
      for (const line of ending) line.end(how);
    },
  };
}

function toText(emitted: EmittedEvent): string {
  if (emitted === "heartbeat") return ": \n\n";
  const { event, id, data } = emitted === "reset" ? { event: "reset", id: undefined, data: {} } : emitted;
  const named = event === undefined ? "" : `event: ${event}\n`;
  return `${named}${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
