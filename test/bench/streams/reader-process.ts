import { connect, type Socket } from "node:net";
import { answer, sharedNow } from "./child";

/** Opens streams as clients do, and notes when each heard of each change. */
interface Reader {
  readonly socket: Socket;
  readonly heardAt: Float64Array;
  last: number;
  rest: Buffer;
}

const MARK = Buffer.from('"defaultValue":');
/** Of an event's end, so much may be cut off by the end of a packet. */
const KEPT_BYTES = 64;
const BATCH = 100;

let readers: Reader[] = [];
let first = 0;
let ended = 0;

function openOne(port: number, path: string, room: number): Promise<Reader> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const reader: Reader = { socket, heardAt: new Float64Array(room), last: -1, rest: Buffer.alloc(0) };
    socket.once("error", reject);
    socket.once("connect", () =>
      socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: text/event-stream\r\n\r\n`),
    );
    socket.once("data", () => resolve(reader));
    socket.on("data", (bytes: Buffer) => take(reader, bytes));
    socket.on("close", () => ended++);
  });
}

function take(reader: Reader, bytes: Buffer): void {
  const at = sharedNow();
  const all = reader.rest.length === 0 ? bytes : Buffer.concat([reader.rest, bytes]);
  let seen = 0;
  for (let from = all.indexOf(MARK); from >= 0; from = all.indexOf(MARK, seen)) {
    const begin = from + MARK.length;
    let end = begin;
    while (end < all.length && isDigit(all[end] as number)) end++;
    // The number may go on in what comes next.
    if (end === all.length) break;
    const n = Number(all.toString("latin1", begin, end));
    if (n >= first) reader.heardAt[n - first] ||= at;
    if (n > reader.last) reader.last = n;
    seen = end;
  }
  // What is kept is a copy: a slice would hold on to the whole of the packet.
  reader.rest = Buffer.from(all.subarray(Math.max(seen, all.length - KEPT_BYTES)));
}

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

answer({
  /** Opens streams and waits for the first bytes of each. */
  async open(port: number, path: string, count: number, room: number) {
    while (readers.length < count) {
      const some = Math.min(BATCH, count - readers.length);
      readers.push(...(await Promise.all(Array.from({ length: some }, () => openOne(port, path, room)))));
    }
  },
  /** Forgets what was heard; numbers from this one on count. */
  expect(from: number) {
    first = from;
    ended = 0;
    for (const reader of readers) reader.heardAt.fill(0);
  },
  /** Waits until all have heard of a change, or no longer. */
  async settle(n: number, forMs: number) {
    for (const until = Date.now() + forMs; Date.now() < until && readers.some(({ last }) => last < n);)
      await new Promise((resolve) => setTimeout(resolve, 20));
  },
  /** How long after its commit a change was heard of, in microseconds; who was told of a later one has heard of it. */
  heard(committedAt: readonly number[]) {
    const latencies: number[] = [];
    let missing = 0;
    for (const { heardAt } of readers) {
      let next = 0;
      for (let i = committedAt.length - 1; i >= 0; i--) {
        next = heardAt[i] || next;
        if (next === 0) missing++;
        else latencies.push((next - (committedAt[i] as number)) / 1000);
      }
    }
    latencies.sort((a, b) => a - b);
    const at = (share: number): number =>
      latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
    const lastOne = first + committedAt.length - 1;
    const behind = readers.filter(({ last }) => last < lastOne).length;
    return { p50: at(0.5), p99: at(0.99), missing, dropped: ended, behind };
  },
  close() {
    for (const { socket } of readers) socket.destroy();
    readers = [];
  },
});
