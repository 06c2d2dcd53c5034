import type { DatabaseAdapter, DatabaseTransaction } from "../../src/ports/database-adapter";
import { createReads } from "./repository-reads";
import { createWrites } from "./repository-writes";
import { readClock, readFeed } from "./feed-rows";
import { deleteInBatches } from "./delete-in-batches";
import { migrateSchema } from "./migrate-schema";
import { claimCalls, finishCall, retryCall } from "./webhook-queue";
import { guardStatements, runTransaction } from "./storage-errors";
import type { Gateway, Statements } from "./gateway";

/** Wakes the servers that listen. */
const CHANNEL = "rollease_feed";

/** The port over a gateway: the one repository of all SQL databases. */
export function createRepository(gateway: Gateway): DatabaseAdapter {
  const inSnapshot = <T>(work: (tx: Statements) => Promise<T>): Promise<T> =>
    runTransaction(gateway, (tx) => work(tx), { snapshot: true });
  // A flag is read by several statements, which must not see half of another's commit.
  const reads = createReads(inSnapshot);
  const outside = guardStatements(gateway);

  return {
    ...reads,
    kind: gateway.kind,
    migrate: () => migrateSchema(gateway),
    transaction: (work) =>
      runTransaction(gateway, (tx) => {
        const transaction: DatabaseTransaction = { ...createReads((read) => read(tx)), ...createWrites(tx, CHANNEL) };
        return work(transaction);
      }),
    clock: () => readClock(outside),
    feed: (since = 0) => inSnapshot((tx) => readFeed(tx, since)),
    claimWebhookCalls: (options) => runTransaction(gateway, (tx) => claimCalls(tx, options)),
    finishWebhookCall: (id) => runTransaction(gateway, (tx) => finishCall(tx, id)),
    retryWebhookCall: (id, at) => runTransaction(gateway, (tx) => retryCall(tx, id, new Date(at))),
    deleteBefore: (table, at, limit) => deleteInBatches(gateway, table, new Date(at), limit),
    ...(gateway.listen && { listen: gateway.listen.bind(gateway, CHANNEL) }),
    ping: async () => {
      await readClock(outside);
    },
    close: () => gateway.close(),
  };
}
