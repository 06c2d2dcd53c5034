import { Agent, createServer, request as send, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { Seeded } from "./seeded";

/** Stands between one device and the server, and spoils what goes through, as its seed says. */
export interface FaultProxy {
  readonly url: string;
  /** How often each fault was met. */
  readonly met: ReadonlyMap<Fault, number>;
  /** From now on, nothing goes wrong any more; connections that hang are broken. */
  calm(): void;
  close(): Promise<void>;
}

const FAULTS = [
  /** The connection breaks before the server has heard of anything, or after it has answered. */
  "refuse",
  "lose",
  /** A part of the answer arrives, and then the connection breaks; or it ends as if that were all. */
  "truncate",
  "shorten",
  "delay",
  /** Nothing ever comes back, whether the server has heard of it or not. */
  "swallow",
  "black-hole",
  /** An answer that was given before to the same question. */
  "replay",
  /** The server hears of it twice. */
  "double",
] as const;
export type Fault = (typeof FAULTS)[number];

/** How many requests go through unharmed. */
const SOUND = 0.65;
const LONGEST_DELAY_MS = 200;
const KEPT_ANSWERS = 40;
/** Of a stream, its beginning is kept. */
const KEPT_PIECES = 20;

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}
interface Question {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly body: Buffer;
}

export async function startFaultProxy(port: number, random: Seeded): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const answers = new Map<string, Answer>();
  const met = new Map<Fault, number>();
  const hanging = new Set<ServerResponse>();
  let isCalm = false;

  function draw(): { readonly fault: Fault | undefined; readonly share: number } {
    // Always as many numbers, so that one request more or less is all that two runs can differ by.
    const [luck, fault, share] = [random.next(), random.pick(FAULTS), random.next()];
    if (isCalm || luck < SOUND) return { fault: undefined, share };
    met.set(fault, (met.get(fault) ?? 0) + 1);
    return { fault, share };
  }

  function ask({ incoming, body, outgoing }: Question): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { method, url, headers } = incoming;
      const asked = send({ host: "127.0.0.1", port, method, path: url, headers, agent }, resolve);
      asked.once("error", reject);
      outgoing.once("close", () => outgoing.writableFinished || asked.destroy());
      asked.end(body);
    });
  }

  function hang(outgoing: ServerResponse): void {
    hanging.add(outgoing);
    outgoing.once("close", () => hanging.delete(outgoing));
  }

  function keep(key: string, answer: Answer): void {
    answers.delete(key);
    answers.set(key, answer);
    const [oldest] = answers.keys();
    if (answers.size > KEPT_ANSWERS) answers.delete(oldest as string);
  }

  /** Lets a stream through, piece by piece, as long as its fault lets it. */
  async function streamThrough(from: IncomingMessage, outgoing: ServerResponse, key: string): Promise<void> {
    outgoing.writeHead(from.statusCode ?? 502, from.rawHeaders);
    outgoing.flushHeaders();
    const seen: Buffer[] = [];
    for await (const piece of from as AsyncIterable<Buffer>) {
      if (seen.length < KEPT_PIECES) {
        seen.push(piece);
        keep(key, { status: 200, headers: from.rawHeaders, body: Buffer.concat(seen) });
      }
      // A stream has many pieces, so that each of them is spoiled more rarely.
      const { fault, share } = random.chance(0.9) ? { fault: undefined, share: 0 } : draw();
      if (fault === "truncate" || fault === "shorten") outgoing.write(piece.subarray(0, Math.floor(piece.length * share)));
      if (fault === "truncate" || fault === "lose") return void outgoing.destroy();
      if (fault === "shorten") return void outgoing.end();
      if (fault === "black-hole" || fault === "swallow") return hang(outgoing);
      if (fault === "delay") await delay(share * LONGEST_DELAY_MS);
      if (fault === "double") outgoing.write(piece);
      outgoing.write(piece);
    }
    outgoing.end();
  }

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const question: Question = { incoming, outgoing, body: await buffer(incoming) };
    const key = [incoming.method, incoming.url, incoming.headers["x-rollease-context"], question.body.toString()].join("\n");
    const isStream = incoming.url?.includes("/sync/stream") === true;
    const { fault, share } = draw();
    if (fault === "refuse") return void outgoing.destroy();
    if (fault === "black-hole") return hang(outgoing);
    if (fault === "delay") await delay(share * LONGEST_DELAY_MS);
    const known = fault === "replay" ? answers.get(key) : undefined;
    if (known) {
      outgoing.writeHead(known.status, isStream ? [...known.headers] : withLength(known));
      return void outgoing.end(known.body);
    }
    if (fault === "double" && !isStream) await buffer(await ask(question));
    const from = await ask(question);
    if (isStream) return streamThrough(from, outgoing, key);
    const answer = { status: from.statusCode ?? 502, headers: from.rawHeaders, body: await buffer(from) };
    keep(key, answer);
    if (fault === "lose") return void outgoing.destroy();
    if (fault === "swallow") return hang(outgoing);
    const part = answer.body.subarray(0, Math.floor(answer.body.length * share));
    if (fault === "truncate") {
      outgoing.writeHead(answer.status, withLength(answer));
      return void outgoing.write(part, () => outgoing.destroy());
    }
    const given = fault === "shorten" ? { ...answer, body: part } : answer;
    outgoing.writeHead(given.status, withLength(given));
    outgoing.end(given.body);
  }

  const server = createServer((incoming, outgoing) => {
    // A server that has been killed breaks the connection here, too.
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    met,
    calm() {
      isCalm = true;
      for (const outgoing of hanging) outgoing.destroy();
    },
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An answer's headers, as of one piece. */
function withLength({ headers, body }: Answer): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (/^(content-length|transfer-encoding|connection|keep-alive)$/i.test(name)) continue;
    kept.push(name, headers[i + 1] as string);
  }
  return [...kept, "content-length", `${body.length}`];
}
