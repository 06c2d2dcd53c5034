import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { createServer } from "vite";
import type { ViteDevServer } from "vite";
import { syncServer } from "./server/vite-plugin";
import { createSyncProcess } from "./server/sync-process";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The page, on `PORT` or the next one that is free. */
async function startPage(sync: ReturnType<typeof createSyncProcess>): Promise<ViteDevServer> {
  const page = await createServer({
    configFile: false,
    root: `${root}demo`,
    cacheDir: `${root}node_modules/.cache/rollease-demo`,
    logLevel: "warn",
    plugins: [react(), syncServer(sync)],
    // Public names lead to the sources, as `paths` in tsconfig.json says.
    resolve: {
      alias: [
        { find: /^rollease$/, replacement: `${root}src/index.ts` },
        { find: /^rollease\/(client|feature-flag|testing)$/, replacement: `${root}src/$1/index.ts` },
        { find: /^rollease\/(.+)$/, replacement: `${root}adapters/$1/index.ts` },
      ],
      dedupe: ["react", "react-dom"],
    },
    optimizeDeps: {
      include: [
        ...["react", "react/jsx-dev-runtime", "react-dom/client", "zustand", "murmurhash3js-revisited"],
        ...["workbox-core", "workbox-routing", "workbox-strategies"],
      ],
    },
    server: {
      // Its admin routes ask nobody for a password, so the page is for this machine alone.
      host: "127.0.0.1",
      port: Number(process.env.PORT ?? 5173),
      fs: { allow: [root] },
      warmup: { clientFiles: ["./main.tsx"] },
    },
  });
  return page.listen();
}

const sync = createSyncProcess({
  entry: fileURLToPath(new URL("server/main.ts", import.meta.url)),
  dataDir: process.env.ROLLEASE_DEMO_DIR ?? `${root}.rollease/demo`,
});
let page: ViteDevServer | undefined;
let stopping: Promise<void> | undefined;

function stop(exitCode: number): Promise<void> {
  stopping ??= Promise.allSettled([page?.close(), sync.stop()]).then(() => process.exit(exitCode));
  return stopping;
}
process.on("SIGINT", () => void stop(0));
process.on("SIGTERM", () => void stop(0));

try {
  const [, started] = await Promise.all([sync.start(), startPage(sync).then((server) => (page = server))]);
  process.stdout.write(`\n  The demo is at ${started.resolvedUrls?.local[0]}  (stop it with Ctrl-C)\n\n`);
} catch (error) {
  process.stderr.write(`The demo did not start: ${error instanceof Error ? error.message : String(error)}\n`);
  await stop(1);
}
