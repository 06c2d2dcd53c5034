import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { cruise } from "dependency-cruiser";
import type { ICruiseResult } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import configuration from "../../.config/import-direction";

const root = join(import.meta.dirname, "../..");

/** A house with one file in each room. */
const rooms = [
  "src/index.ts",
  "src/errors.ts",
  ...["model", "engine", "protocol", "ports", "replica", "client", "server", "feature-flag", "testing"].map(
    (layer) => `src/${layer}/index.ts`,
  ),
  ...[
    "react",
    "idb",
    "db",
    "db/memory",
    "db/postgres",
    "db/drizzle",
    "db/sequelize",
    "db/prisma",
    "db/rows",
    "db/sql",
    "next",
    "nestjs",
    "cli",
    "workos",
  ].map((adapter) => `adapters/${adapter}/index.ts`),
  "adapters/db/repository.ts",
  "sync-server/index.ts",
  "demo/main.ts",
  "test/support/index.ts",
];

/** For each rule, imports that break it: the file, and what it imports. */
const broken: Readonly<Record<string, readonly (readonly [file: string, specifier: string])[]>> = {
  "src-model-looks-down": [["src/model/a.ts", "../engine"]],
  "src-errors-looks-down": [["src/errors.ts", "./protocol"]],
  "src-engine-looks-down": [
    ["src/engine/a.ts", "../replica"],
    ["src/engine/b.ts", "../protocol"],
  ],
  "src-protocol-looks-down": [["src/protocol/a.ts", "../replica"]],
  "src-ports-looks-down": [["src/ports/a.ts", "../replica"]],
  "src-replica-looks-down": [["src/replica/a.ts", "../client"]],
  "src-client-looks-down": [["src/client/a.ts", "../server"]],
  "src-server-looks-down": [["src/server/a.ts", "../client"]],
  "no-cycles": [["src/model/c-too.ts", "./c"]],
  "everything-resolves": [["src/model/d.ts", "./absent"]],
  "no-grab-bags": [["src/model/e.ts", "./utils"]],
  "src-touches-nothing-foreign": [
    ["src/server/f.ts", "../../adapters/idb"],
    ["src/replica/f.ts", "../../sync-server"],
  ],
  "testing-composes-with-memory": [["src/testing/f.ts", "../../sync-server"]],
  "feature-flag-composes-with-workos": [["src/feature-flag/f.ts", "../../adapters/idb"]],
  "workos-comes-when-asked-for": [["adapters/workos/g.ts", "@workos-inc/node"]],
  "feature-flag-evaluates-nothing": [["src/feature-flag/h.ts", "../engine"]],
  "index-composes-what-ships": [["src/index.ts", "../test/support"]],
  "client-composes-with-its-default-store": [["src/client/index.ts", "../../adapters/react"]],
  "nobody-imports-the-index": [["src/server/g.ts", "../index"]],
  "sync-server-knows-no-adapter": [
    ["sync-server/a.ts", "../adapters/db/memory"],
    ["sync-server/b.ts", "../src/client"],
  ],
  "adapters-stand-alone": [
    ["adapters/idb/a.ts", "../db/memory"],
    ["adapters/next/b.ts", "../../sync-server"],
  ],
  "nestjs-takes-prisma": [
    ["adapters/nestjs/a.ts", "../db/memory"],
    ["adapters/nestjs/b.ts", "../../sync-server"],
  ],
  "only-next-knows-react": [["adapters/idb/b.ts", "../react"]],
  "databases-share-what-is-above-them": [
    ["adapters/db/postgres/a.ts", "../memory"],
    ["adapters/db/sequelize/a.ts", "../postgres"],
  ],
  "only-postgres-is-reached-through-drizzle": [
    ["adapters/db/memory/b.ts", "../drizzle"],
    ["adapters/db/sequelize/b.ts", "../drizzle"],
  ],
  "demo-uses-public-names": [["demo/a.ts", "../src/client"]],
  "src-needs-two-packages": [
    ["src/server/h.ts", "zod"],
    ["src/client/h.ts", "react"],
  ],
  "murmur-is-the-engine's": [["src/server/i.ts", "murmurhash3js-revisited"]],
  "event-streams-are-the-replica's": [["src/server/j.ts", "eventsource-parser"]],
  "node-is-the-server's": [
    ["src/replica/k.ts", "node:fs"],
    ["adapters/idb/k.ts", "node:crypto"],
  ],
  "ships-with-what-it-imports": [["adapters/cli/l.ts", "fast-check"]],
};

const allowed: readonly (readonly [file: string, specifier: string])[] = [
  ["src/engine/z.ts", "murmurhash3js-revisited"],
  ["src/replica/z.ts", "eventsource-parser"],
  ["src/server/z.ts", "node:crypto"],
  ["src/server/y.ts", "../replica"],
  ["src/index.ts", "../sync-server"],
  ["src/client/index.ts", "../../adapters/idb"],
  ["src/feature-flag/z.ts", "../errors"],
  ["src/feature-flag/y.ts", "../../adapters/workos"],
  ["sync-server/z.ts", "../src/server"],
  ["sync-server/y.ts", "hono"],
  ["adapters/db/memory/z.ts", "../repository"],
  ["adapters/db/postgres/z.ts", "pg"],
  ["adapters/db/postgres/y.ts", "../drizzle"],
  ["adapters/db/drizzle/z.ts", "../rows"],
  ["adapters/db/sequelize/z.ts", "../sql"],
  ["adapters/next/z.ts", "../react"],
  ["adapters/nestjs/z.ts", "../db/prisma"],
  ["adapters/nestjs/y.ts", "../../src/index"],
  ["adapters/cli/z.ts", "../db/memory"],
  ["adapters/cli/y.ts", "../../src/index"],
  ["demo/z.ts", "rollease/client"],
];

describe("the rules of import direction", () => {
  const house = mkdtempSync(join(tmpdir(), "rollease-house-"));
  let violations: { readonly rule: string; readonly from: string; readonly to: string }[];

  beforeAll(async () => {
    const sources = new Map(rooms.map((room) => [room, "export const here = 1;\n"]));
    sources.set("src/model/c.ts", `import "./c-too";\n`).set("src/model/utils.ts", "export const any = 1;\n");
    for (const [file, specifier] of [...Object.values(broken).flat(), ...allowed]) {
      sources.set(file, `${sources.get(file) ?? ""}import ${JSON.stringify(specifier)};\n`);
    }
    for (const [file, source] of sources) {
      mkdirSync(join(house, dirname(file)), { recursive: true });
      writeFileSync(join(house, file), source);
    }
    for (const file of ["node_modules", "package.json", "tsconfig.json"]) symlinkSync(join(root, file), join(house, file));
    const { options, forbidden } = configuration;
    const result = await cruise(
      ["src", "adapters", "sync-server", "demo"],
      { ...options, baseDir: house, validate: true, ruleSet: { forbidden: forbidden ?? [] } },
      options?.enhancedResolveOptions,
      { tsConfig: extractTSConfig(join(house, "tsconfig.json")) },
    );
    violations = (result.output as ICruiseResult).summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
  });
  afterAll(() => {
    rmSync(house, { recursive: true, force: true });
  });

  it.each((configuration.forbidden ?? []).map((rule) => String(rule.name)))("%s is reported when broken", (rule) => {
    const files = broken[rule]?.map(([file]) => file) ?? [];
    expect(files).not.toEqual([]);
    expect(violations.filter((violation) => violation.rule === rule).map(({ from }) => from)).toEqual(
      expect.arrayContaining(files),
    );
  });

  it.each(allowed)("%s may import %s", (file, specifier) => {
    const target = specifier.startsWith(".") ? posix.join(dirname(file), specifier) : "";
    expect(violations.filter(({ from, to }) => from === file && to.startsWith(target))).toEqual([]);
  });
});
