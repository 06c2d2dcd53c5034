import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { entries, specifierOf } from "../../.config/entries";
import manifest from "../../package.json";

const root = join(import.meta.dirname, "../..");
/** A module's name stands in quotes; a property may be called `node`. */
const FORBIDDEN = ["WebAssembly", "eval(", "new Function", "require(", '"node:'];

/** What a browser gets: everything but peers in one file. A Node built-in that is still needed fails the build. */
async function bundle(contents: string, external: readonly string[] = []): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(root, "dist") },
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "silent",
    external: [...Object.keys(manifest.peerDependencies), ...external],
  });
  return outputFiles.map((file) => file.text).join("\n");
}

describe("what ships to a browser", () => {
  it.each(entries.filter((entry) => entry.browser).map((entry) => [specifierOf(entry.name), entry.name] as const))(
    "%s needs nothing of Node, compiles no text and carries no WebAssembly",
    async (_, name) => {
      const code = await bundle(`export * from "./${name}.js"`);
      expect(FORBIDDEN.filter((word) => code.includes(word))).toEqual([]);
    },
  );

  it("createEvaluator shakes out of rollease without a trace of the server", async () => {
    const code = await bundle(`export { createEvaluator } from "./index.js"`, ["node:*"]);
    expect(FORBIDDEN.filter((word) => code.includes(word))).toEqual([]);
  });

  it("is checked by a bundle that does fail on Node's modules and does show what is forbidden", async () => {
    await expect(bundle(`import "node:fs"`)).rejects.toThrow("node:fs");
    const code = await bundle(`export const it = [eval("1"), new Function("return 1"), typeof WebAssembly]`);
    expect(FORBIDDEN.filter((word) => code.includes(word))).toEqual(["WebAssembly", "eval(", "new Function"]);
  });
});
