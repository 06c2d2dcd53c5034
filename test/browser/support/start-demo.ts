import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface RunningDemo {
  readonly url: string;
  readonly dataDir: string;
  /** Ends it; by `SIGKILL` as a power cut would. */
  end(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it, if it still runs, and removes its data. */
  remove(): Promise<void>;
}

/** Starts the demo as `npm run demo` does, on a free port and with data of its own. */
export async function startDemo(): Promise<RunningDemo> {
  const dataDir = await mkdtemp(join(tmpdir(), "rollease-demo-"));
  const demo = spawn(process.execPath, ["--import", "tsx", "demo/start.ts"], {
    env: { ...process.env, PORT: "0", ROLLEASE_DEMO_DIR: dataDir },
    stdio: ["ignore", "pipe", "inherit"],
  });
  async function end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (demo.exitCode !== null || demo.signalCode !== null) return;
    const gone = once(demo, "exit");
    demo.kill(signal);
    await gone;
  }
  async function remove(): Promise<void> {
    await end();
    // A sync server whose starter was killed may still be writing its last.
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
  try {
    return { url: await addressOf(demo), dataDir, end, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function addressOf(demo: ChildProcess): Promise<string> {
  let output = "";
  for await (const chunk of demo.stdout ?? []) {
    output += String(chunk);
    const address = /http:\/\/[\w.:]+/.exec(output)?.[0];
    if (address) {
      demo.stdout?.resume();
      return address;
    }
  }
  throw new Error(`the demo printed no address: ${output}`);
}
