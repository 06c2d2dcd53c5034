import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { PoolConfig } from "pg";
import type { PrismaDatabase } from "rollease/db/prisma";
import { prepareFixture, run } from "./fixture";

/** What `test/fixtures/prisma/fixture.mjs` exports. */
export interface PrismaFixture {
  openClient(config: PoolConfig): PrismaDatabase;
  migrationFor(connectionString: string, schema: string): Promise<string>;
}

/** The description of the tables that the package ships. */
export const fragment = join(import.meta.dirname, "../../adapters/db/prisma/rollease.prisma");

/** Prisma and a client for rollease's tables: nobody but these tests needs them, so they are installed by themselves. */
export async function openPrismaFixture(): Promise<PrismaFixture> {
  return (await import(pathToFileURL(join(await preparePrisma(), "fixture.built.mjs")).href)) as PrismaFixture;
}

/** Answers a folder with Prisma installed and the client generated. */
export function preparePrisma(): Promise<string> {
  return prepareFixture("prisma", { files: { "schema/rollease.prisma": fragment }, finish: generate });
}

async function generate(folder: string): Promise<void> {
  const env = { ...process.env, CHECKPOINT_DISABLE: "1", PRISMA_HIDE_UPDATE_MESSAGE: "1" };
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
