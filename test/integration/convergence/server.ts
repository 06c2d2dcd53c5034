import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export interface MortalServer {
  /** Resolves when it serves. */
  start(): Promise<void>;
  /** Ends it without warning. */
  kill(): Promise<void>;
}

/** Makes one file of the server, which starts several times as fast as its sources. */
export async function bundleServer(outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL("server-process.ts", import.meta.url))],
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile,
    external: ["pg-native"],
    logLevel: "error",
  });
}

export interface ServerPlace {
  readonly port: number;
  readonly connectionString: string;
  readonly adminToken: string;
}

export function createMortalServer(file: string, place: ServerPlace): MortalServer {
  let child: ChildProcess | undefined;
  return {
    async start() {
      const started = spawn(process.execPath, [file, JSON.stringify(place)], { stdio: ["ignore", "pipe", "pipe"] });
      child = started;
      let said = "";
      const note = (data: Buffer): void => void (said += data.toString());
      started.stdout.on("data", note);
      started.stderr.on("data", note);
      while (!said.includes("serves")) {
        const ended = once(started, "exit").then(() => Promise.reject(new Error(`The server has ended:\n${said}`)));
        await Promise.race([once(started.stdout, "data"), ended]);
      }
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}
