import type { EvaluationStream, StreamEntry } from "../../../src/ports/evaluation-stream";

/** A stream in memory, which fails when a test says so. */
export interface MemoryStream extends EvaluationStream {
  readonly added: string[];
  readonly aside: (StreamEntry & { readonly error: string })[];
  /** Entries that a worker has, by id. */
  readonly held: Map<string, StreamEntry>;
  failing: boolean;
}

export function createMemoryStream(): MemoryStream {
  let next = 0;
  const waiting: StreamEntry[] = [];
  const fail = (): void => {
    if (stream.failing) throw new Error("The stream is away.");
  };
  const stream: MemoryStream = {
    kind: "memory",
    added: [],
    aside: [],
    held: new Map(),
    failing: false,
    async append(texts) {
      fail();
      stream.added.push(...texts);
      waiting.push(...texts.map((text) => ({ id: String(++next), text })));
    },
    async read(_, { count }) {
      fail();
      const entries = waiting.splice(0, count);
      for (const entry of entries) stream.held.set(entry.id, entry);
      if (entries.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      return entries;
    },
    async claim() {
      fail();
      return [...stream.held.values()];
    },
    async acknowledge(ids) {
      fail();
      for (const id of ids) stream.held.delete(id);
    },
    async setAside(entries) {
      fail();
      stream.aside.push(...entries);
    },
    leave: async () => undefined,
    ping: async () => fail(),
    close: async () => undefined,
  };
  return stream;
}
