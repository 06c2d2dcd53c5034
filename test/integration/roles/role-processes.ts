import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Role } from "rollease/server";

export interface RoleProcess {
  readonly url: string;
  /** Ends it; answers its exit code, and nothing where it was killed. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null>;
  readonly output: () => string;
}

export interface RoleProcessOptions {
  readonly role: Role;
  readonly port: number;
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

const script = fileURLToPath(new URL("server-process.ts", import.meta.url));
const running = new Set<ChildProcess>();

/** Starts a server in a process of its own, and waits until it serves. */
export async function startRole(options: RoleProcessOptions): Promise<RoleProcess> {
  const child = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(options)]);
  running.add(child);
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output += data.toString()));
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  void exited.then(() => running.delete(child));
  for (;;) {
    const [, url] = /served at (http:\S+)/.exec(output) ?? [];
    if (url !== undefined)
      return {
        url,
        output: () => output,
        end(signal) {
          child.kill(signal);
          return exited;
        },
      };
    if (child.exitCode !== null) throw new Error(`The server has ended:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Ends what a test has left. */
export function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}
