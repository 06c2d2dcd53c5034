import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createPrismaAdapter, type PrismaDatabase, ROLLEASE_PRISMA_REQUIRED_FIELDS } from "rollease/db/prisma";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type ColumnKind, SCHEMA } from "../../../adapters/db/schema";
import { commit } from "../../contracts/commit";
import { fullFlag } from "../../contracts/definitions";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";
import { fragment, openPrismaFixture, preparePrisma, type PrismaFixture } from "../../support/prisma-fixture";
import { readPrismaModels } from "../../support/prisma-models";

const root = join(import.meta.dirname, "../../..");

let database: TestDatabase;
let fixture: PrismaFixture;
let models: string;
beforeAll(async () => {
  fixture = await openPrismaFixture();
  models = await readFile(fragment, "utf8");
  database = await openTestDatabase();
  const db = createPrismaAdapter({ prisma: openClient(), disconnectOnClose: true });
  await db.migrate();
  await db.close();
});
afterAll(() => database.close());

function openClient() {
  return fixture.openClient({ connectionString: database.connectionString });
}

describe("rollease.prisma", () => {
  const migrationFor = (schema: string): Promise<string> =>
    fixture.migrationFor(database.connectionString, `datasource db {\n  provider = "postgresql"\n}\n${schema}`);

  it("leaves Prisma Migrate nothing to do on tables that rollease has made", async () => {
    expect((await migrationFor(models)).trim()).toBe("-- This is an empty migration.");
  });

  it.each([
    ["a column", /^ {2}owner .*\n/m, `DROP COLUMN "owner"`],
    ["a default", / +@default\("active"\)/, `ALTER COLUMN "status" DROP DEFAULT`],
    ["an index", /^ {2}@@index\(\[oldest\]\)\n/m, `DROP INDEX "rollease_webhook_lanes_oldest_idx"`],
    ["what a column takes", /(?<=lockedReason +String)\?/, `ALTER COLUMN "locked_reason" SET NOT NULL`],
    ["a table", /^model RolleaseFeed \{.*?^\}/ms, `DROP TABLE "rollease_feed"`],
  ])("would be told on if it were wrong about %s", async (_, part, change) => {
    const wrong = models.replace(part, "");
    expect(wrong).not.toBe(models);
    expect(await migrationFor(wrong)).toContain(change);
  });

  it("describes each column with the kind that the repository reads it by", () => {
    const types: Readonly<Record<ColumnKind, string>> = {
      uuid: "String Uuid",
      text: "String",
      texts: "String",
      json: "Json",
      timestamp: "DateTime Timestamptz",
      boolean: "Boolean",
      integer: "Int",
      bigint: "BigInt",
      serial: "BigInt",
    };
    const described = Object.entries(readPrismaModels(models)).map(([table, { columns }]) => [
      table,
      Object.fromEntries(Object.entries(columns).map(([column, { type, list }]) => [column, `${type}${list ? "[]" : ""}`])),
    ]);
    const wanted = Object.values(SCHEMA).map(({ name, columns }) => [
      name,
      Object.fromEntries(Object.entries(columns).map(([column, kind]) => [column, types[kind] + (kind === "texts" ? "[]" : "")])),
    ]);
    expect(Object.fromEntries(described)).toEqual(Object.fromEntries(wanted));
  });

  it("gives queries of your own what rollease has written", async () => {
    interface Flags {
      rolleaseFlag: { findUnique(query: object): Promise<object> };
    }
    const prisma = openClient();
    const db = createPrismaAdapter({ prisma, disconnectOnClose: true });
    onTestFinished(() => db.close());
    const flag = fullFlag("f");
    await commit(db, [{ kind: "flag", key: "f" }], (tx) => tx.putFlag(flag));
    const found = (prisma as unknown as Flags).rolleaseFlag.findUnique({
      where: { key: "f" },
      include: { rules: { orderBy: { position: "asc" } } },
    });
    expect(await found).toMatchObject({
      defaultValue: flag.defaultValue,
      tags: flag.tags,
      createdAt: new Date(flag.createdAt),
      rules: flag.rules.map(({ id }) => ({ ruleId: id })),
    });
  });
});

describe("createPrismaAdapter", () => {
  it("requires the fields that rollease.prisma has", () => {
    const described = Object.values(readPrismaModels(models)).map(({ model, columns }) => [
      model,
      Object.values(columns).map(({ field }) => field),
    ]);
    expect(sorted(ROLLEASE_PRISMA_REQUIRED_FIELDS)).toEqual(sorted(Object.fromEntries(described) as Record<string, string[]>));
  });

  function sorted(fields: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
    return Object.fromEntries(Object.entries(fields).map(([model, names]) => [model, names.toSorted()]));
  }

  it("names the models and fields that a client lacks, if asked to look", () => {
    const prisma = openClient();
    const { rolleaseFlag } = prisma as unknown as { rolleaseFlag: { fields: object } };
    const { owner, ...fields } = { owner: undefined, ...rolleaseFlag.fields };
    expect(owner).toBeDefined();
    const older = Object.create(prisma, { rolleaseFlag: { value: { fields } }, rolleaseKey: {} }) as typeof prisma;
    expect(() => createPrismaAdapter({ prisma: older, validateModelFields: true })).toThrow("RolleaseFlag.owner, RolleaseKey.");
    expect(() => createPrismaAdapter({ prisma: older })).not.toThrow();
    const { $extends } = prisma as unknown as { $extends(extension: object): PrismaDatabase };
    for (const whole of [prisma, $extends.call(prisma, { name: "mine" })])
      expect(() => createPrismaAdapter({ prisma: whole, validateModelFields: true })).not.toThrow();
  });

  it("refuses what is no client", () => {
    expect(() => createPrismaAdapter({ prisma: {} as never })).toThrow("PrismaClient");
  });

  it("takes a generated client, extended or not, for the compiler, too", async () => {
    const folder = await mkdtemp(join(await preparePrisma(), "types-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(
      join(folder, "use.ts"),
      `import { PrismaPg } from "@prisma/adapter-pg";
       import { createPrismaAdapter } from "rollease/db/prisma";
       import { PrismaClient } from "../generated/client";
       const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: "" }) });
       createPrismaAdapter({ prisma, validateModelFields: true, disconnectOnClose: false });
       createPrismaAdapter({ prisma: prisma.$extends({ name: "mine" }) });
       // @ts-expect-error Inside a transaction there is no client.
       void prisma.$transaction(async (tx) => createPrismaAdapter({ prisma: tx }));\n`,
    );
    const paths = { "rollease/*": [`${root}/adapters/*/index.ts`] };
    const compilerOptions = { ...{ paths, noEmit: true, types: ["node"], typeRoots: [`${root}/node_modules/@types`] } };
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: `${root}/tsconfig.json`, compilerOptions, include: ["use.ts"], exclude: [] }),
    );
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const complaints = await promisify(execFile)(process.execPath, [compiler, "--project", folder]).then(
      () => "",
      (error: unknown) => (error as { stdout: string }).stdout,
    );
    expect(complaints).toBe("");
  });
});
