import { parseArgs } from "node:util";
import { ConfigurationError } from "../../src/errors";
import { formatCheckpoint } from "../../src/protocol/checkpoint";
import { DATABASE_OPTIONS, openDatabase } from "./open-database";

/** `rollease db rotate-epoch` */
export async function rotateEpochCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: DATABASE_OPTIONS });
  const db = await openDatabase(values);
  try {
    if (!db.rotateEpoch) throw new ConfigurationError(`The feed of this database (${db.kind}) cannot be started over.`);
    const position = await db.rotateEpoch();
    process.stdout.write(`The change feed has started over, at ${formatCheckpoint(position)}.\n`);
  } finally {
    await db.close();
  }
  return 0;
}
