import { type ChildProcess, spawn } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { findFreePort } from "./free-port";

/** A `redis-server` of the test's own, which may come to harm. It keeps nothing when it ends. */
export interface RedisProcess {
  readonly url: string;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again, on the same port. */
  restart(): Promise<void>;
  /** Stops it: it takes connections and commands, and answers none of them. */
  hang(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a `redis-server` on a free port. `undefined`, with a warning, where this machine has none; on CI that is an error. */
export async function openRedisProcess(): Promise<RedisProcess | undefined> {
  const own = await startRedisProcess();
  if (own) return own;
  const message = "There is no redis-server on the path; these tests need one of their own.";
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return undefined;
}

/** As `openRedisProcess`, but it is no error where there is none. */
export async function startRedisProcess(): Promise<RedisProcess | undefined> {
  const port = await findFreePort();
  let running = await start(port);
  if (!running) return undefined;
  const stopWithUs = (): void => void running?.child.kill("SIGKILL");
  process.once("exit", stopWithUs);

  async function kill(): Promise<void> {
    running?.child.kill("SIGKILL");
    await running?.exited;
    running = undefined;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    async restart() {
      running = await start(port);
    },
    hang: async () => void running?.child.kill("SIGSTOP"),
    resume: async () => void running?.child.kill("SIGCONT"),
    async close() {
      process.off("exit", stopWithUs);
      await kill();
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
}

async function start(port: number): Promise<Running | undefined> {
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const child = spawn("redis-server", options, { stdio: "ignore" });
  let failure: Error | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => {
      failure ??= new Error(`redis-server ended while starting (code ${String(child.exitCode)}).`);
      resolve();
    });
    child.once("error", (error) => {
      failure = error;
      resolve();
    });
  });
  while (!failure && !(await answersPing(port))) await Promise.race([exited, delay(20)]);
  if (!failure) return { child, exited };
  if ((failure as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  throw failure;
}

/** Whether a Redis that tests can use listens on that port of this machine. */
export function answersPing(port: number): Promise<boolean> {
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
