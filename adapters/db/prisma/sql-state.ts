/** What Prisma's errors of all versions and engines may hold. */
interface PrismaError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly meta?: {
    /** With the engines of before version 7: the SQLSTATE of a raw query that failed. */
    readonly code?: unknown;
    readonly driverAdapterError?: { readonly cause?: { readonly originalCode?: unknown; readonly kind?: unknown } };
  };
}

const SQL_STATE = /^[0-9A-Z]{5}$/;

/** By Prisma's own codes and words, for what no SQLSTATE is told of. */
const STATES: Readonly<Record<string, string>> = {
  // Cannot be reached: there never was a connection.
  P1001: "08001",
  DatabaseNotReachable: "08001",
  // No connection of the pool has come free.
  P2024: "53300",
  TooManyConnections: "53300",
  // A conflict or a deadlock.
  P2034: "40001",
  TransactionWriteConflict: "40001",
  // A transaction that has outlived its time, which Prisma has rolled back.
  P2028: "57014",
};

/**
 * The error with the SQLSTATE as its `code`, as drivers have it, and Prisma's error as its cause; where there is none to be told,
 * the error itself. `begun` is whether the transaction had begun: Prisma has one code for transactions that do not and that do not end.
 */
export function withSqlState(error: unknown, begun = true): unknown {
  const code = sqlStateOf(error, begun);
  if (code === undefined) return error;
  const { message } = error as PrismaError;
  return Object.assign(new Error(typeof message === "string" ? message.trim() : "The query failed.", { cause: error }), { code });
}

function sqlStateOf(error: unknown, begun: boolean): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, meta } = error as PrismaError;
  const { originalCode, kind } = meta?.driverAdapterError?.cause ?? {};
  const told = [originalCode, meta?.code].find((state) => typeof state === "string" && SQL_STATE.test(state));
  if (told !== undefined) return told as string;
  if (code === "P2028" && !begun) return "53300";
  return [kind, code].map((word) => STATES[String(word)]).find((state) => state !== undefined);
}
