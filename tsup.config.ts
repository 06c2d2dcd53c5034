import { copyFile, readFile, writeFile } from "node:fs/promises";
import { defineConfig } from "tsup";
import type { Options } from "tsup";
import { buildEntries, entries, importable } from "./.config/entries";
import { shortenNames } from "./.config/short-names";
import { trimIdb } from "./.config/trim-idb";
import { trimMurmurhash } from "./.config/trim-murmurhash";

const shared: Options = {
  tsconfig: ".config/tsconfig.build.json",
  target: "es2022",
  platform: "neutral",
  // Entries share chunks, in both formats, so that each class exists once in a format.
  splitting: true,
  // tsup's own pass would drop the "use client" of an entry.
  treeshake: false,
  // What is not a relative path stays an import, but for the hash and idb, of which only a part is copied in.
  skipNodeModulesBundle: true,
  noExternal: ["murmurhash3js-revisited", "idb"],
  esbuildPlugins: [trimMurmurhash(), trimIdb()],
  esbuildOptions: shortenNames,
  removeNodeProtocol: false,
};

/** Splitting rewrites CommonJS after the bundle is made, and leaves the directive behind a statement, where it means nothing. */
async function putDirectivesFirst(): Promise<void> {
  for (const [name, source] of Object.entries(buildEntries(importable))) {
    if (!(await readFile(source, "utf8")).startsWith(`"use client"`)) continue;
    const file = `dist/${name}.cjs`;
    await writeFile(file, `"use client";\n${await readFile(file, "utf8")}`);
  }
}

/** What is no module and ships all the same, beside the entry that it belongs to. */
const copySchema = (): Promise<void> => copyFile("adapters/db/prisma/rollease.prisma", "dist/db/rollease.prisma");

/** What `rollease/migrate` puts together. */
const migrations = ["algorithms", "from-eppo", "from-flagd", "from-growthbook", "from-launchdarkly", "from-unleash"].map(
  (name) => `migrate/${name}`,
);

/** Files of their own in the build, so that whoever takes the evaluator, or one algorithm or importer, gets nothing else along. */
const apart = {
  evaluator: "src/create-evaluator.ts",
  ...Object.fromEntries(migrations.map((name) => [name, `adapters/${name}.ts`])),
};

export default defineConfig([
  { ...shared, entry: { ...buildEntries(entries), ...apart }, format: "esm", onSuccess: copySchema },
  { ...shared, entry: { ...buildEntries(importable), ...apart }, format: "cjs", onSuccess: putDirectivesFirst },
  // One run of the compiler for the types of both formats.
  { ...shared, entry: buildEntries(importable), format: ["esm", "cjs"], dts: { only: true } },
]);
