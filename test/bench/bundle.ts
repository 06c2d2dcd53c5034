import { basename } from "node:path";
import { build } from "esbuild";
import { trimMurmurhash } from "../../.config/trim-murmurhash";

/**
 * Bundles files as an app ships them: minified, for production, each by itself. What is run from its sources is not what
 * ships: a bundle has other kinds of variables, and a tool that runs sources may name every closure that is made.
 */
export async function bundle(files: readonly string[], outdir: string, external: readonly string[] = []): Promise<void> {
  await build({
    entryPoints: files.map((file) => ({ in: file, out: basename(file, ".ts") })),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    define: { "process.env.NODE_ENV": `"production"` },
    external: external.flatMap((name) => [name, `${name}/*`]),
    // For CommonJS that asks for Node's modules.
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
    plugins: [trimMurmurhash()],
    logLevel: "warning",
  });
}
