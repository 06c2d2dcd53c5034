import type { KnipConfig } from "knip";
import benchPeers from "../test/bench/peers/package.json";
import { entries } from "./entries";

/** What nobody reaches from an entry, the demo, a test or a tool is unused. */
const configuration: KnipConfig = {
  entry: [
    ...entries.map((each) => `${each.source}!`),
    "demo/{start,main,service-worker,vite.config}.{ts,tsx}",
    "demo/**/*.html",
    "test/bench/*.ts",
    "test/**/*-process.ts",
    "test/browser/support/pages/*-page.ts",
    "test/bench/peers/{child,one-change}.ts",
    "test/bench/peers/contestants/*.ts",
    "test/package/consumer/*",
    "test/package/nest-app.ts",
    "test/types/*/*",
    ".config/{api-report,check,exports,engine-alone/*}.ts",
  ],
  project: ["{src,adapters,sync-server,demo}/**/*.{ts,tsx}!", "test/**/*.{ts,tsx}", ".config/**/*.{ts,js}", "*.ts"],
  eslint: { config: [".config/eslint.config.ts"] },
  "dependency-cruiser": { config: [".config/dependency-cruiser.js"] },
  "size-limit": { config: [".config/size-limit.ts"] },
  vitest: { config: [".config/vitest.config.ts"] },
  // Of the machine, where it has them.
  ignoreBinaries: ["redis-server"],
  // Loaded in a process of its own, from a text; and what the benchmark installs for itself.
  ignoreDependencies: ["@sparticuz/chromium", ...Object.keys(benchPeers.dependencies)],
  ignoreExportsUsedInFile: { interface: true, type: true },
};

export default configuration;
