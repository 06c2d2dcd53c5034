import type { DatabaseReads, FlagQuery } from "../../src/ports/database-adapter";
import type { Predicate, Statements, Where } from "./gateway";
import { readFlags } from "./feed-rows";
import { createRecordReads, DEFAULT_LIMIT, matching } from "./record-reads";
import { fromLayerRow, fromSegmentRow } from "./rows/segment-row";

/** Runs the statements of a read. */
export type RunRead = <T>(work: (tx: Statements) => Promise<T>) => Promise<T>;

/** The reads of the port. `inSnapshot` runs all statements of one read against one moment, `alone` a read of one statement. */
export function createReads(inSnapshot: RunRead, alone: RunRead = inSnapshot): DatabaseReads {
  return {
    ...createRecordReads(inSnapshot, alone),
    flag: (key) =>
      inSnapshot(async (tx) => (await readFlags(tx, await tx.find("flags", { where: [{ column: "key", is: key }] })))[0]),
    flags: (query) =>
      inSnapshot(async (tx) => {
        const where = flagsWhere(query);
        const { limit = DEFAULT_LIMIT, offset = 0 } = query;
        const rows = await tx.find("flags", { where, orderBy: [["key", "asc"]], limit, offset });
        // A first page that is not full is all there is.
        const isAll = offset === 0 && rows.length < limit;
        return { items: await readFlags(tx, rows), total: isAll ? rows.length : await tx.count("flags", where) };
      }),
    segment: (key) =>
      alone(async (tx) => (await tx.find("segments", { where: [{ column: "key", is: key }] })).map(fromSegmentRow)[0]),
    segments: () => alone(async (tx) => (await tx.find("segments", { orderBy: [["key", "asc"]] })).map(fromSegmentRow)),
    layer: (key) => alone(async (tx) => (await tx.find("layers", { where: [{ column: "key", is: key }] })).map(fromLayerRow)[0]),
    layers: () => alone(async (tx) => (await tx.find("layers", { orderBy: [["key", "asc"]] })).map(fromLayerRow)),
  };
}

export function flagsWhere(query: FlagQuery): Where {
  const { status, tag, environment, search } = query;
  const where: Predicate[] = [...matching({ namespace: query.namespace })];
  if (status !== undefined) where.push({ column: "status", in: typeof status === "string" ? [status] : status });
  if (tag !== undefined) where.push({ column: "tags", has: tag });
  if (search !== undefined) where.push({ any: ["key", "name", "description"].map((column) => ({ column, holds: search })) });
  if (environment !== undefined) {
    // A flag that names no environment lives in all of them.
    where.push({
      any: [
        { column: "environment", is: environment },
        { column: "environment", is: null },
      ],
    });
    where.push({
      any: [
        { column: "environments", has: environment },
        { column: "environments", is: null },
        { column: "environment", is: environment },
      ],
    });
  }
  return where;
}
