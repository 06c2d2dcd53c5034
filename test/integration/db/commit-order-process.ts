import { setTimeout as sleep } from "node:timers/promises";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { plainFlag } from "../../contracts/definitions";
import { ADAPTERS, type AdapterName } from "./open-adapter";

/**
 * A server with many writers at once, whose transactions dawdle: the adapter, the database, a name of its own, how many
 * writers there are and how often each commits.
 */
const [, , adapter = "", connectionString = "", server = "", writers = "", commits = ""] = process.argv;
const db = await ADAPTERS[adapter as AdapterName](connectionString, Number(writers) + 1);

const dawdle = (upToMs: number): Promise<void> => sleep(Math.random() * upToMs);

/** Changes one flag of its own and one that everybody changes, which is gone every now and then. */
async function write(
  tx: Parameters<Parameters<DatabaseAdapter["transaction"]>[0]>[0],
  writer: number,
  round: number,
): Promise<void> {
  const shared = `shared-${(writer + round) % 5}`;
  const keys = [`own-${server}-${writer}`, shared].sort();
  const isRemoved = (key: string): boolean => key === shared && (writer + round) % 7 === 0;
  for (const key of keys) {
    const before = await tx.lockFlag(key);
    await dawdle(10);
    if (isRemoved(key)) await tx.deleteFlag(key);
    else await tx.putFlag(plainFlag(key, { version: (before?.version ?? 0) + 1, description: `${server} ${writer} ${round}` }));
  }
  await tx.advance(keys.map((key) => ({ kind: "flag", key, deleted: isRemoved(key) })));
  // Its place in the feed is taken now, and nobody sees it before the commit.
  await dawdle(15);
}

await Promise.all(
  Array.from({ length: Number(writers) }, async (_, writer) => {
    for (let round = 0; round < Number(commits); round++) {
      await dawdle(20);
      await db.transaction((tx) => write(tx, writer, round));
    }
  }),
);
await db.close();
