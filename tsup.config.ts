import { readFile, writeFile } from "node:fs/promises";
import { defineConfig } from "tsup";
import type { Options } from "tsup";
import { buildEntries, entries, importable } from "./.config/entries";

const shared: Options = {
  tsconfig: ".config/tsconfig.build.json",
  target: "es2022",
  platform: "neutral",
  // Entries share chunks, in both formats, so that each class exists once in a format.
  splitting: true,
  // tsup's own pass would drop the "use client" of an entry.
  treeshake: false,
  // What is not a relative path stays an import: nothing of npm is copied in.
  skipNodeModulesBundle: true,
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

export default defineConfig([
  { ...shared, entry: buildEntries(entries), format: "esm" },
  { ...shared, entry: buildEntries(importable), format: "cjs", onSuccess: putDirectivesFirst },
  // One run of the compiler for the types of both formats.
  { ...shared, entry: buildEntries(importable), format: ["esm", "cjs"], dts: { only: true } },
]);
