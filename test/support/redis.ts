import { spawn } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { findFreePort } from "./free-port";

export interface TestRedis {
  readonly url: string;
  close(): Promise<void>;
}

const DEFAULT_URL = "redis://127.0.0.1:6379";

/**
 * A Redis server: `REDIS_URL`'s, else one on the default port, else a `redis-server` of our own. `undefined`, with a warning,
 * where this machine has none; on CI that is an error. Others may use the server: put a random prefix before each key.
 */
export async function openTestRedis(): Promise<TestRedis | undefined> {
  const given = process.env["REDIS_URL"];
  if (given) return { url: given, close: () => Promise.resolve() };
  if (await answersPing(6379)) return { url: DEFAULT_URL, close: () => Promise.resolve() };
  const own = await startRedis();
  if (own) return own;
  const message = "There is no Redis: set REDIS_URL, start one on port 6379, or put redis-server on the path.";
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return undefined;
}

async function startRedis(): Promise<TestRedis | undefined> {
  const port = await findFreePort();
  const server = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {
    stdio: "ignore",
  });
  let failure: Error | undefined;
  const exited = new Promise<void>((resolve) => {
    server.once("exit", () => {
      failure ??= new Error(`redis-server ended while starting (code ${String(server.exitCode)}).`);
      resolve();
    });
    server.once("error", (error) => {
      failure = error;
      resolve();
    });
  });
  const stopWithUs = (): void => void server.kill("SIGKILL");
  process.once("exit", stopWithUs);
  while (!failure && !(await answersPing(port))) await Promise.race([exited, delay(20)]);
  if (failure) {
    process.off("exit", stopWithUs);
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw failure;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async close() {
      process.off("exit", stopWithUs);
      server.kill("SIGTERM");
      await exited;
    },
  };
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const finish = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(1_000, () => {
      finish(false);
    });
    socket.once("error", () => {
      finish(false);
    });
    socket.once("connect", () => socket.write("PING\r\n"));
    // A server that wants a password is a server, too, but none that tests can use.
    socket.once("data", (data) => {
      finish(data.toString().startsWith("+PONG"));
    });
  });
}
