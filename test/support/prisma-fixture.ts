import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { PoolConfig } from "pg";
import type { PrismaDatabase } from "rollease/db/prisma";

/** What `test/fixtures/prisma/fixture.mjs` exports. */
export interface PrismaFixture {
  openClient(config: PoolConfig): PrismaDatabase;
  migrationFor(connectionString: string, schema: string): Promise<string>;
}

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const source = join(root, "test/fixtures/prisma");
/** The description of the tables that the package ships. */
export const fragment = join(root, "adapters/db/prisma/rollease.prisma");

/** Prisma and a client for rollease's tables: nobody but these tests needs them, so they are installed by themselves. */
export async function openPrismaFixture(): Promise<PrismaFixture> {
  return (await import(pathToFileURL(join(await preparePrisma(), "fixture.built.mjs")).href)) as PrismaFixture;
}

/**
 * Answers a folder with Prisma installed and the client generated, made once for each version of what it is made from. Several
 * processes may ask at once: each makes a folder, and the first to be done has made the one.
 */
export async function preparePrisma(): Promise<string> {
  const cache = join(root, "node_modules/.cache/rollease-prisma");
  const ready = join(cache, await fingerprint());
  if (existsSync(ready)) return ready;
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "unfinished-"));
  try {
    await cp(source, folder, { recursive: true });
    await cp(fragment, join(folder, "schema/rollease.prisma"));
    await install(folder);
    await rename(folder, ready).catch((error: unknown) => {
      if (!existsSync(ready)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return ready;
}

async function install(folder: string): Promise<void> {
  const env = { ...process.env, CHECKPOINT_DISABLE: "1", PRISMA_HIDE_UPDATE_MESSAGE: "1" };
  // Prisma's own install scripts fetch binaries that nothing here runs.
  await run("npm", ["ci", "--ignore-scripts", "--prefer-offline"], { cwd: folder, env });
  await run(process.execPath, [join(folder, "node_modules/prisma/build/index.js"), "generate"], { cwd: folder, env });
  await build({
    entryPoints: [join(folder, "fixture.mjs")],
    outfile: join(folder, "fixture.built.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
}

async function fingerprint(): Promise<string> {
  const files = (await readdir(source, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const hash = createHash("sha256");
  for (const path of [...files.map((file) => join(file.parentPath, file.name)).sort(), fragment])
    hash.update(await readFile(path));
  return hash.digest("hex").slice(0, 16);
}
