import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Pool } from "pg";
import type { Report } from "./release-faults-report";

export interface Victim {
  /** Resolves when it waits for `go`. */
  readonly ready: Promise<void>;
  readonly reports: readonly Report[];
  go(): void;
  /** Resolves when it has begun something for the nth time. */
  begun(nth: number): Promise<void>;
  /** Ends it without warning; resolves when nothing of it is left in the database either. */
  kill(): Promise<void>;
}

/** Makes one file of the child, which starts several times as fast as its sources. */
export async function bundleChild(outfile: string): Promise<void> {
  const entry = fileURLToPath(new URL("release-faults-process.ts", import.meta.url));
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile,
    external: ["pg-native"],
    logLevel: "error",
  });
}

/** Starts a child on the database, under a name of its own there. */
export function startVictim(
  file: string,
  connectionString: string,
  pool: Pool,
  { name, mode }: { readonly name: string; readonly mode: "release" | "schedule" },
): Victim {
  const url = new URL(connectionString);
  url.searchParams.set("application_name", name);
  const env = { ...process.env, FAULTS_URL: url.href, FAULTS_MODE: mode };
  const child = spawn(process.execPath, [file], { env, stdio: ["pipe", "pipe", "pipe"] });
  const reports: Report[] = [];
  let failure = "";
  child.stderr.on("data", (data: Buffer) => (failure += data.toString()));
  const lines = createInterface({ input: child.stdout });
  const read = once(lines, "close");
  const ready = new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      const report = JSON.parse(line) as Report;
      reports.push(report);
      if (report.op === "ready") resolve();
    });
    child.once("exit", () => reject(new Error(`The child has ended: ${failure}`)));
  });
  ready.catch(() => undefined);
  return {
    ready,
    reports,
    go: () => void child.stdin.write("go\n"),
    async begun(nth) {
      while (reports.filter((report) => report.op !== "ready" && report.state === "begun").length < nth)
        await once(lines, "line");
    },
    async kill() {
      await end(child, failure);
      await read;
      await untilGone(pool, name);
    },
  };
}

async function end(child: ChildProcess, failure: string): Promise<void> {
  if (child.exitCode !== null) throw new Error(`The child has ended by itself: ${failure}`);
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** A statement that runs when its client dies runs to its end; the transaction is then rolled back, or was committed. */
async function untilGone(pool: Pool, name: string): Promise<void> {
  for (;;) {
    const { rows } = await pool.query("SELECT 1 FROM pg_stat_activity WHERE application_name = $1", [name]);
    if (rows.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
