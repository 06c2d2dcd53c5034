import type { DatabaseAdapter } from "../../src/ports/database-adapter";
import { createReads } from "./repository-reads";
import { createWrites } from "./repository-writes";
import { readClock, readFeed } from "./feed-rows";
import { deleteInBatches } from "./delete-in-batches";
import { readStatus, rotateEpoch, takeCensus } from "./feed-care";
import { migrateSchema } from "./migrate-schema";
import { claimCalls, finishCall, retryCall } from "./webhook-queue";
import { guardStatements, runTransaction } from "./storage-errors";
import { createUnitOfWork } from "./unit-of-work";
import type { Gateway, Statements } from "./gateway";

/** The port over a gateway: the one repository of all SQL databases. */
export function createRepository(gateway: Gateway): DatabaseAdapter {
  const { channel } = gateway.names;
  const inSnapshot = <T>(work: (tx: Statements) => Promise<T>): Promise<T> =>
    runTransaction(gateway, (tx) => work(tx), { snapshot: true });
  // A flag is read by several statements, which must not see half of another's commit.
  const outside = guardStatements(gateway);
  const reads = createReads(inSnapshot, (work) => work(outside));

  return {
    ...reads,
    kind: gateway.kind,
    migrate: () => migrateSchema(gateway),
    transaction: (work) =>
      runTransaction(gateway, async (tx) => {
        const unit = createUnitOfWork(tx);
        const reads = createReads((read) => read(unit.statements));
        const result = await work({ ...reads, ...createWrites(unit, channel) });
        await unit.flush();
        return result;
      }),
    clock: () => readClock(outside),
    feed: (since = 0) => (outside.findBeside ? readFeed(outside, since) : inSnapshot((tx) => readFeed(tx, since))),
    claimWebhookCalls: (options) => runTransaction(gateway, (tx) => claimCalls(tx, options)),
    finishWebhookCall: (id) => runTransaction(gateway, (tx) => finishCall(tx, id)),
    retryWebhookCall: (id, at) => runTransaction(gateway, (tx) => retryCall(tx, id, new Date(at))),
    deleteBefore: (table, at, limit) => deleteInBatches(gateway, table, new Date(at), limit),
    ...(gateway.listen && { listen: gateway.listen.bind(gateway, channel) }),
    ...(gateway.tally && { census: () => inSnapshot((tx) => takeCensus(tx as Parameters<typeof takeCensus>[0])) }),
    status: async () => ({ kind: gateway.kind, ...(await readStatus(outside)) }),
    rotateEpoch: () => runTransaction(gateway, (tx) => rotateEpoch(tx, channel)),
    ping: async () => {
      await readClock(outside);
    },
    close: () => gateway.close(),
  };
}
