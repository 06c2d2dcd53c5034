import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One name that the package can be imported by, or its command. */
export interface Entry {
  /** The file in `dist`, and, `index` aside, the name after `rollease/`. */
  readonly name: string;
  readonly source: string;
  /** Whether it ships to browsers: its whole bundle is then checked for what has no place there. */
  readonly browser: boolean;
  /** A command runs; it is not imported, and it is built as ESM alone. */
  readonly command: boolean;
}

const root = fileURLToPath(new URL("..", import.meta.url));

function entry(name: string, source: string, where: "browser" | "server" | "command"): Entry {
  return { name, source, browser: where === "browser", command: where === "command" };
}

/** Every entry of the package. Build, `exports`, sizes, bundle checks, API reports and the package test all start from this list. */
export const entries: readonly Entry[] = [
  entry("index", "src/index.ts", "server"),
  entry("client", "src/client/index.ts", "browser"),
  entry("server", "sync-server/index.ts", "server"),
  entry("idb", "adapters/idb/index.ts", "browser"),
  entry("dexie", "adapters/dexie/index.ts", "browser"),
  entry("rxdb", "adapters/rxdb/index.ts", "browser"),
  entry("react", "adapters/react/index.ts", "browser"),
  entry("feature-flag", "src/feature-flag/index.ts", "server"),
  entry("testing", "src/testing/index.ts", "server"),
  entry("msw", "adapters/msw/index.ts", "server"),
  entry("db", "adapters/db/index.ts", "server"),
  entry("db/memory", "adapters/db/memory/index.ts", "server"),
  entry("db/postgres", "adapters/db/postgres/index.ts", "server"),
  entry("db/pglite", "adapters/db/pglite/index.ts", "server"),
  entry("db/drizzle", "adapters/db/drizzle/index.ts", "server"),
  entry("db/redis", "adapters/db/redis/index.ts", "server"),
  entry("db/sequelize", "adapters/db/sequelize/index.ts", "server"),
  entry("db/prisma", "adapters/db/prisma/index.ts", "server"),
  entry("openfeature", "adapters/openfeature/index.ts", "browser"),
  entry("nestjs", "adapters/nestjs/index.ts", "server"),
  entry("telemetry", "adapters/telemetry/index.ts", "server"),
  entry("migrate", "adapters/migrate/index.ts", "browser"),
  entry("cli", "adapters/cli/index.ts", "command"),
];

export const importable = entries.filter((each) => !each.command);

/** The name that users import an entry by. */
export function specifierOf(name: string): string {
  return name === "index" ? "rollease" : `rollease/${name}`;
}

/** `package.json`'s `exports`, as the entries want it. */
export function packageExports(): Readonly<Record<string, unknown>> {
  const conditions = importable.map((each): [string, unknown] => [
    specifierOf(each.name).replace("rollease", "."),
    {
      import: { types: `./dist/${each.name}.d.ts`, default: `./dist/${each.name}.js` },
      require: { types: `./dist/${each.name}.d.cts`, default: `./dist/${each.name}.cjs` },
    },
  ]);
  return { ...Object.fromEntries(conditions), "./package.json": "./package.json" };
}

/** tsup's `entry`: of the entries, those whose source is there. */
export function buildEntries(from: readonly Entry[]): Record<string, string> {
  const present = from.filter((each) => existsSync(`${root}${each.source}`));
  return Object.fromEntries(present.map((each) => [each.name, each.source]));
}
