import { connect, type Socket } from "node:net";
import { answer } from "./child";

/** Asks for the same over and over on some connections, each as soon as it has its answer. */
const HEAD_END = Buffer.from("\r\n\r\n");

interface Line {
  readonly socket: Socket;
  /** Bytes of the present answer that are still to come; `undefined` before its length is known. */
  missing: number | undefined;
  head: Buffer;
}

function begin(port: number, request: Buffer, onAnswer: () => boolean): Line {
  const line: Line = { socket: connect(port, "127.0.0.1"), missing: undefined, head: Buffer.alloc(0) };
  line.socket.on("connect", () => line.socket.write(request));
  line.socket.on("error", (error) => {
    throw error;
  });
  line.socket.on("data", (bytes: Buffer) => {
    if (!take(line, bytes)) return;
    if (onAnswer()) line.socket.write(request);
    else line.socket.destroy();
  });
  return line;
}

/** Whether the answer is complete with this. */
function take(line: Line, bytes: Buffer): boolean {
  let rest = bytes.length;
  if (line.missing === undefined) {
    line.head = Buffer.concat([line.head, bytes]);
    const end = line.head.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = line.head.toString("latin1", 0, end).toLowerCase();
    if (!/^http\/1\.1 (200|304) /.test(head)) throw new Error(`The answer was: ${head}`);
    const length = Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? (head.startsWith("http/1.1 304") ? 0 : Number.NaN));
    if (Number.isNaN(length)) throw new Error(`The answer has no length: ${head}`);
    rest = line.head.length - end - HEAD_END.length;
    line.missing = length;
    line.head = Buffer.alloc(0);
  }
  line.missing -= rest;
  if (line.missing > 0) return false;
  line.missing = undefined;
  return true;
}

answer({
  /** Answers how many answers came in the time. */
  async ask(port: number, path: string, etag: string | undefined, connections: number, forMs: number) {
    const condition = etag === undefined ? "" : `if-none-match: ${etag}\r\n`;
    const request = Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${condition}\r\n`);
    let answers = 0;
    const until = performance.now() + forMs;
    const began = performance.now();
    await new Promise<void>((resolve) => {
      let open = connections;
      const onAnswer = (): boolean => {
        answers++;
        if (performance.now() < until) return true;
        if (--open === 0) resolve();
        return false;
      };
      for (let i = 0; i < connections; i++) begin(port, request, onAnswer);
    });
    return (answers * 1000) / (performance.now() - began);
  },
});
