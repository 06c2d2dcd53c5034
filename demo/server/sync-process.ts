import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";

const STOP_GRACE_MS = 5000;

export interface SyncProcess {
  /** Resolves when the server answers. Does nothing while it runs. */
  start(): Promise<void>;
  /** Ends it as a power cut would. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Ends it politely, and by force if that takes too long. */
  stop(): Promise<void>;
  /** Where it listens; `undefined` while it does not. */
  port(): number | undefined;
}

/** Runs the sync server as a process of its own, so that it can die without taking the page along. */
export function createSyncProcess({ entry, dataDir }: { entry: string; dataDir: string }): SyncProcess {
  let child: ChildProcess | undefined;
  let port: number | undefined;
  let starting: Promise<void> | undefined;

  function spawn(): Promise<void> {
    return new Promise((resolve, reject) => {
      // Inherits the loader that this process runs with, so the child reads TypeScript too.
      const started = fork(entry, [dataDir], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
      child = started;
      started.on("message", (message) => {
        port = (message as { port: number }).port;
        resolve();
      });
      started.once("exit", (code) => {
        if (child === started) child = port = starting = undefined;
        reject(new Error(`The sync server ended with code ${code ?? "none"}.`));
      });
    });
  }

  function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    if (!ending) return Promise.resolve();
    port = undefined;
    const gone = new Promise<void>((resolve) => ending.once("exit", () => resolve()));
    ending.kill(signal);
    return gone;
  }

  return {
    start: () => (starting ??= spawn()),
    kill: () => end("SIGKILL"),
    async stop() {
      const force = setTimeout(() => void end("SIGKILL"), STOP_GRACE_MS);
      await end("SIGTERM");
      clearTimeout(force);
    },
    port: () => port,
  };
}
