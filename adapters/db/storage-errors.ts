import { isRolleaseError, StorageError } from "../../src/errors";
import type { Gateway, Statements } from "./gateway";

/** SQLSTATEs of a transaction that may succeed when it is run again. */
const RETRYABLE = new Set([
  "40001",
  "40P01",
  // A flag that was deleted between the look at it and the row that refers to it: the next look finds it gone.
  "23503",
]);
const MISSING_TABLE = "42P01";
const ATTEMPTS = 6;

/** The SQLSTATE of an error, wherever in its chain of causes the driver has put it. */
function sqlState(error: unknown): string | undefined {
  for (let at = error, depth = 0; typeof at === "object" && at !== null && depth < 8; depth++) {
    const { code, cause } = at as { code?: unknown; cause?: unknown };
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return code;
    at = cause;
  }
  return undefined;
}

export function isMissingTable(error: unknown): boolean {
  return sqlState(error) === MISSING_TABLE;
}

function toStorageError(error: unknown): Error {
  if (isRolleaseError(error)) return error;
  const hint = isMissingTable(error) ? " Its tables are missing: call migrate(adapter) first." : "";
  return new StorageError(`The database failed.${hint}`, { cause: error });
}

/** The same statements, failing with `StorageError`. */
export function guardStatements(statements: Statements): Statements {
  const guard =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      try {
        return await call.apply(statements, args);
      } catch (error) {
        throw toStorageError(error);
      }
    };
  return {
    find: guard(statements.find),
    count: guard(statements.count),
    insert: guard(statements.insert),
    insertAbsent: guard(statements.insertAbsent),
    update: guard(statements.update),
    upsert: guard(statements.upsert),
    remove: guard(statements.remove),
    run: guard(statements.run),
    ...(statements.notify && { notify: guard(statements.notify) }),
    ...(statements.findBeside && { findBeside: guard(statements.findBeside) }),
    ...(statements.advance && { advance: guard(statements.advance) }),
    ...(statements.tally && { tally: guard(statements.tally) }),
  };
}

/** Runs `work` in a transaction, and again where the database says that this may help. What `work` throws comes out as it is. */
export async function runTransaction<T>(
  gateway: Gateway,
  work: (tx: Statements) => Promise<T>,
  options?: { readonly snapshot?: boolean },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    let thrown: { readonly error: unknown } | undefined;
    try {
      return await gateway.transaction(async (tx) => {
        try {
          return await work(guardStatements(tx));
        } catch (error) {
          thrown = { error };
          throw error;
        }
      }, options);
    } catch (error) {
      const failure = thrown ? thrown.error : toStorageError(error);
      if (attempt === ATTEMPTS || !RETRYABLE.has(sqlState(failure) ?? "")) throw failure;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
    }
  }
}
