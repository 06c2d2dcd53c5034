import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/** Of idb 8.0.4, `build/index.js`. Any other text wants to be read before it is cut. */
const EXPECTED_SHA256 = "e01b45d2e088a7197e8b41ba9b51a0876969da67cc08e6efbc3d5d7ab6ac836c";

// No bundler counts this as a legal comment, so it costs a page nothing; the licence itself is in the LICENSE file.
const NOTICE = "// idb 8.0.4 (openDB alone), (c) 2016 Jake Archibald, ISC";

/**
 * Copies `idb` into the build, cut down to `openDB` and what it answers. The package changes its own proxies as it is loaded, which
 * no bundler shakes: the shortcuts of a database and the iterators of cursors are two fifths of it, and nobody here calls them.
 *
 * The build fails where the package is not, byte for byte, the one that the cut was made for.
 */
export function trimIdb(): Plugin {
  return {
    name: "trim-idb",
    setup(build) {
      build.onLoad({ filter: /[\\/]idb[\\/]build[\\/]index\.js$/ }, async ({ path }) => ({
        contents: trim(await readFile(path, "utf8")),
        loader: "js",
      }));
    },
  };
}

/** What goes, by how it begins and what stands behind it: all that only cursors, shortcuts and iterators need. */
const UNUSED = [
  ["const readMethods = [", "export { deleteDB"],
  ["    if (getCursorAdvanceMethods()", "\n    return function (...args) {"],
  ["            // Make tx.store return", "        }\n        // Else transform"],
  ["    set(target, prop, value) {", "};\nfunction replaceTraps"],
] as const;

/** The library as a module that exports `openDB`. @throws Error for a source that is not the expected one. */
export function trim(source: string): string {
  const sha256 = createHash("sha256").update(source).digest("hex");
  if (sha256 !== EXPECTED_SHA256) throw new Error(`idb is not the one that is known how to cut: ${sha256}`);
  const rest = UNUSED.reduce((text, [head, next]) => {
    const [before = "", after = ""] = text.split(head, 2);
    return before + after.slice(after.indexOf(next));
  }, source);
  return [NOTICE, rest].join("\n");
}
