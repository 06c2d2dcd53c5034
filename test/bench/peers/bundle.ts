import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { trimMurmurhash } from "../../../.config/trim-murmurhash";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Where bundles go: below the package, so that what they leave out is found beside them, and where nothing else looks. */
export const bundles = `${here}node_modules/.bench/`;

/** What stays a package, since it runs on servers alone, where nobody bundles it. */
const SERVERS_ONLY = ["unleash-client", "@launchdarkly/node-server-sdk"];

/** Bundles every contestant and what runs it, minified and for production, as an app ships it. */
export async function bundleAll(): Promise<void> {
  const contestants = readdirSync(`${here}contestants`).map((file) => `${here}contestants/${file}`);
  await build({
    entryPoints: [...contestants, `${here}child.ts`, `${here}one-change.ts`].map((file) => ({
      in: file,
      out: basename(file, ".ts"),
    })),
    outdir: bundles,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    define: { "process.env.NODE_ENV": `"production"` },
    external: SERVERS_ONLY.flatMap((name) => [name, `${name}/*`]),
    // For CommonJS that asks for Node's modules.
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
    plugins: [trimMurmurhash()],
    logLevel: "warning",
  });
}
