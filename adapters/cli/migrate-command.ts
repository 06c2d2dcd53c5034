import { parseArgs } from "node:util";
import { openDatabase } from "./open-database";

/** `rollease db migrate` */
export async function migrateCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { "data-dir": { type: "string", default: ".rollease" } } });
  const db = await openDatabase(values["data-dir"]);
  try {
    await db.migrate();
  } finally {
    await db.close();
  }
  process.stdout.write(`The tables are up to date (${db.kind}).\n`);
  return 0;
}
