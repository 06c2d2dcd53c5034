import { parseArgs } from "node:util";
import { ConfigurationError } from "../../src/errors";
import type { DatabaseStatus } from "../../src/ports/database-status";
import { DATABASE_OPTIONS, openDatabase } from "./open-database";

/** `rollease db status` */
export async function statusCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { ...DATABASE_OPTIONS, json: { type: "boolean", default: false } },
  });
  const db = await openDatabase(values);
  try {
    if (!db.status) throw new ConfigurationError(`There is no status of this database (${db.kind}).`);
    const status = await db.status();
    process.stdout.write(values.json ? `${JSON.stringify(status, null, 2)}\n` : describe(status));
  } finally {
    await db.close();
  }
  return 0;
}

function describe({ kind, migrations, position, counts }: DatabaseStatus): string {
  const lines = [
    `database    ${kind}`,
    ...migrations.applied.map(({ version, name, appliedAt }) => `applied     ${version} ${name} (${appliedAt})`),
    ...migrations.pending.map(({ version, name }) => `pending     ${version} ${name}`),
    ...(position ? [`epoch       ${position.epoch}`, `seq         ${position.seq}`] : []),
    ...Object.entries(counts ?? {}).map(([name, count]) => `${NAMES[name as keyof typeof NAMES].padEnd(12)}${count}`),
  ];
  return `${lines.join("\n")}\n`;
}

const NAMES = {
  flags: "flags",
  segments: "segments",
  layers: "layers",
  releases: "releases",
  keys: "keys",
  webhookCalls: "webhooks",
} as const satisfies Record<keyof NonNullable<DatabaseStatus["counts"]>, string>;
