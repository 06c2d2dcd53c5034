import { parseArgs } from "node:util";
import { DATABASE_OPTIONS, openDatabase } from "./open-database";

/** `rollease db migrate` */
export async function migrateCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: DATABASE_OPTIONS });
  const db = await openDatabase(values);
  try {
    await db.migrate();
  } finally {
    await db.close();
  }
  process.stdout.write(`The tables are up to date (${db.kind}).\n`);
  return 0;
}
