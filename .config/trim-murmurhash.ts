import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/** Of murmurhash3js-revisited 3.0.0, `lib/murmurHash3js.js`. Any other text wants to be read before it is cut. */
const EXPECTED_SHA256 = "6ac4767f526ae6fc886478c95f5cf1cdbc499187067c72d526ff9366d5725bc6";

// No bundler counts this as a legal comment, so it costs a page nothing; the licence itself is in the LICENSE file.
const NOTICE = "// murmurhash3js-revisited 3.0.0 (x86.hash32 alone), (c) 2012-2015 Karan Lyons, MIT";

/**
 * Copies `murmurhash3js-revisited` into the build, cut down to the one function that rollease calls, `x86.hash32`. The
 * package is one CommonJS closure that no bundler shakes, and four fifths of it are 128-bit hashes.
 *
 * The build fails where the package is not, byte for byte, the one that the cut was made for.
 */
export function trimMurmurhash(): Plugin {
  return {
    name: "trim-murmurhash",
    setup(build) {
      let used = false;
      build.onLoad({ filter: /murmurhash3js-revisited[\\/]index\.js$/ }, async ({ path }) => {
        used = true;
        const file = path.replace(/index\.js$/, "lib/murmurHash3js.js");
        return { contents: trim(await readFile(file, "utf8")), loader: "js" };
      });
      build.onEnd(() =>
        used ? {} : { errors: [{ text: "trim-murmurhash met no murmurhash3js-revisited: is it external to this build?" }] },
      );
    },
  };
}

/** The library as a module with a default export of `{x86: {hash32}}`. @throws Error for a source that is not the expected one. */
export function trim(source: string): string {
  const sha256 = createHash("sha256").update(source).digest("hex");
  if (sha256 !== EXPECTED_SHA256) throw new Error(`murmurhash3js-revisited is not the one that is known how to cut: ${sha256}`);
  const helpers = ["_x86Multiply", "_x86Rotl", "_x86Fmix"].map((name) => cut(source, `function ${name}(`));
  const hash32 = cut(source, "library.x86.hash32 = function (bytes, seed) {")
    .replace("library.x86.hash32 = function", "function hash32")
    // The library's own switch, turned off: it is given nothing but what TextEncoder makes.
    .replace(/if \(library\.inputValidation[^}]*\}/, "");
  return [NOTICE, ...helpers, hash32, "export default { x86: { hash32 } };"].join("\n");
}

/** From where `head` stands to the brace that closes it, by indentation. */
function cut(source: string, head: string): string {
  const start = source.indexOf(head);
  return source.slice(start, source.indexOf("\n    }", start) + "\n    }".length);
}
