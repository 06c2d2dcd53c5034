import type { DatabaseReads, ReleaseQuery, ReleaseRow } from "../../src/ports/database-adapter";
import type { Find, Predicate, Statements, Where } from "./gateway";
import { isUuid } from "./rows/column-values";
import { fromKeyRow } from "./rows/key-row";
import { fromAssignmentRow, fromEventRow, fromHistoryRow, fromImpressionRow } from "./rows/record-row";
import { fromReleaseRow } from "./rows/release-row";

export const DEFAULT_LIMIT = 100;

type Order = NonNullable<Find["orderBy"]>;
type DefinitionReads = "flag" | "flags" | "segment" | "segments" | "layer" | "layers";

/** The reads of the port that are not of definitions. */
export function createRecordReads(
  inSnapshot: <T>(work: (tx: Statements) => Promise<T>) => Promise<T>,
  alone: typeof inSnapshot,
): Omit<DatabaseReads, DefinitionReads> {
  return {
    history: ({ flagKey, flagKeys, actions, releaseId, limit = DEFAULT_LIMIT, offset = 0 }) =>
      inSnapshot(async (tx) => {
        if (releaseId !== undefined && !isUuid(releaseId)) return { items: [], total: 0 };
        const where: Where = [
          ...matching({ flag_key: flagKey, release_id: releaseId }),
          ...(flagKeys ? [{ column: "flag_key", in: flagKeys }] : []),
          ...(actions ? [{ column: "action", in: actions }] : []),
        ];
        const rows = await tx.find("history", { where, orderBy: [["position", "desc"]], limit, offset });
        const isAll = offset === 0 && rows.length < limit;
        return { items: rows.map(fromHistoryRow), total: isAll ? rows.length : await tx.count("history", where) };
      }),
    assignments: (units, flagKeys) =>
      alone(async (tx) => {
        const where: Where = [{ column: "user_id", in: units }, ...(flagKeys ? [{ column: "flag_key", in: flagKeys }] : [])];
        return (await tx.find("assignments", { where })).map(fromAssignmentRow);
      }),
    impressions: ({ flagKey, userId, limit = DEFAULT_LIMIT }) =>
      alone(async (tx) => {
        const where = matching({ flag_key: flagKey, user_id: userId });
        return (await tx.find("impressions", { where, orderBy: [["id", "desc"]], limit })).map(fromImpressionRow);
      }),
    events: ({ event, userId, limit = DEFAULT_LIMIT }) =>
      alone(async (tx) => {
        const where = matching({ event, user_id: userId });
        return (await tx.find("events", { where, orderBy: [["id", "desc"]], limit })).map(fromEventRow);
      }),
    release: (id) => alone((tx) => readRelease(tx, id)),
    releases: (query) =>
      inSnapshot(async (tx) => {
        const where = releasesWhere(query);
        const { limit = DEFAULT_LIMIT, offset = 0, dueAt } = query;
        const rows = await tx.find("releases", { where, orderBy: dueAt === undefined ? NEWEST : SOONEST, limit, offset });
        return { items: rows.map(fromReleaseRow), total: await tx.count("releases", where) };
      }),
    sdkKeys: () => alone(async (tx) => (await tx.find("keys", { orderBy: OLDEST })).map(fromKeyRow)),
  };
}

/** Within one moment, positions say which was first. */
const OLDEST: Order = [
  ["created_at", "asc"],
  ["position", "asc"],
];
const NEWEST: Order = [
  ["created_at", "desc"],
  ["position", "desc"],
];
const SOONEST: Order = [["scheduled_at", "asc"], ...OLDEST];

export async function readRelease(tx: Statements, id: string, lock = false): Promise<ReleaseRow | undefined> {
  if (!isUuid(id)) return undefined;
  return (await tx.find("releases", { where: [{ column: "id", is: id }], lock })).map(fromReleaseRow)[0];
}

function releasesWhere({ status, environment, dueAt }: ReleaseQuery): Where {
  const where: Predicate[] = [];
  if (environment !== undefined) where.push({ any: [environment, null].map((is) => ({ column: "environment", is })) });
  if (status !== undefined) where.push({ column: "status", in: typeof status === "string" ? [status] : status });
  if (dueAt !== undefined) where.push({ column: "scheduled_at", until: new Date(dueAt) });
  return where;
}

/** The columns that are asked for. */
export function matching(columns: Readonly<Record<string, string | undefined>>): Where {
  return Object.entries(columns).flatMap(([column, is]) => (is === undefined ? [] : [{ column, is }]));
}
