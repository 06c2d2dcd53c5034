import type { DatabaseReads, FlagQuery } from "../../src/ports/database-adapter";
import type { Predicate, Statements, Where } from "./gateway";
import { readFlags } from "./feed-rows";
import { fromAssignmentRow, fromEventRow, fromHistoryRow, fromImpressionRow } from "./rows/record-row";
import { fromLayerRow, fromSegmentRow } from "./rows/segment-row";

const DEFAULT_LIMIT = 100;

/** The reads of the port. `inSnapshot` runs all statements of one read against one moment. */
export function createReads(inSnapshot: <T>(work: (tx: Statements) => Promise<T>) => Promise<T>): DatabaseReads {
  return {
    flag: (key) =>
      inSnapshot(async (tx) => (await readFlags(tx, await tx.find("flags", { where: [{ column: "key", is: key }] })))[0]),
    flags: (query) =>
      inSnapshot(async (tx) => {
        const where = flagsWhere(query);
        const rows = await tx.find("flags", {
          where,
          orderBy: [["key", "asc"]],
          limit: query.limit ?? DEFAULT_LIMIT,
          offset: query.offset ?? 0,
        });
        return { items: await readFlags(tx, rows), total: await tx.count("flags", where) };
      }),
    segment: (key) =>
      inSnapshot(async (tx) => (await tx.find("segments", { where: [{ column: "key", is: key }] })).map(fromSegmentRow)[0]),
    segments: () => inSnapshot(async (tx) => (await tx.find("segments", { orderBy: [["key", "asc"]] })).map(fromSegmentRow)),
    layer: (key) =>
      inSnapshot(async (tx) => (await tx.find("layers", { where: [{ column: "key", is: key }] })).map(fromLayerRow)[0]),
    layers: () => inSnapshot(async (tx) => (await tx.find("layers", { orderBy: [["key", "asc"]] })).map(fromLayerRow)),
    history: ({ flagKey, limit = DEFAULT_LIMIT, offset = 0 }) =>
      inSnapshot(async (tx) => {
        const where = matching({ flag_key: flagKey });
        const rows = await tx.find("history", { where, orderBy: [["position", "desc"]], limit, offset });
        return { items: rows.map(fromHistoryRow), total: await tx.count("history", where) };
      }),
    assignments: (units, flagKeys) =>
      inSnapshot(async (tx) => {
        const where: Where = [{ column: "user_id", in: units }, ...(flagKeys ? [{ column: "flag_key", in: flagKeys }] : [])];
        return (await tx.find("assignments", { where })).map(fromAssignmentRow);
      }),
    impressions: ({ flagKey, userId, limit = DEFAULT_LIMIT }) =>
      inSnapshot(async (tx) => {
        const where = matching({ flag_key: flagKey, user_id: userId });
        return (await tx.find("impressions", { where, orderBy: [["id", "desc"]], limit })).map(fromImpressionRow);
      }),
    events: ({ event, userId, limit = DEFAULT_LIMIT }) =>
      inSnapshot(async (tx) => {
        const where = matching({ event, user_id: userId });
        return (await tx.find("events", { where, orderBy: [["id", "desc"]], limit })).map(fromEventRow);
      }),
  };
}

function matching(columns: Readonly<Record<string, string | undefined>>): Where {
  return Object.entries(columns).flatMap(([column, is]) => (is === undefined ? [] : [{ column, is }]));
}

function flagsWhere(query: FlagQuery): Where {
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
