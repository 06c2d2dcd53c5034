import { BaseError, QueryTypes, type Sequelize, Transaction } from "sequelize";
import { StorageError } from "../../../src/errors";
import type { Gateway, Statements } from "../gateway";
import { createSqlStatements } from "../sql/statements";
import type { Parameter } from "../sql/where";
import type { TableNames } from "../table-names";
import { listenBesidePool } from "./listen";

/** `ready` is waited for before anything is asked of the database. */
export function createSequelizeGateway(
  sequelize: Sequelize,
  names: TableNames,
  ready: () => Promise<void> = () => Promise.resolve(),
): Gateway {
  const listen = listenBesidePool(sequelize);
  return {
    ...createStatements(sequelize, names, null, ready),
    kind: "sequelize",
    names,
    async transaction(work, options) {
      await ready();
      return inTransaction(sequelize, options?.snapshot ?? false, (transaction) =>
        work(createStatements(sequelize, names, transaction)),
      );
    },
    ...(listen && { listen }),
    close: () => Promise.resolve(),
  };
}

/** Its end is up to us, so that it is never the transaction that the app's own queries find by continuation-local storage. */
async function inTransaction<T>(
  sequelize: Sequelize,
  snapshot: boolean,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const { REPEATABLE_READ, READ_COMMITTED } = Transaction.ISOLATION_LEVELS;
  // Said in any case: under a stricter default of the app's or the database's, writers who wait for each other would fail.
  const isolationLevel = snapshot ? REPEATABLE_READ : READ_COMMITTED;
  const transaction = await toDriverError(sequelize.transaction({ isolationLevel }));
  let result: T;
  try {
    result = await work(transaction);
  } catch (error) {
    await transaction.rollback().catch(() => undefined);
    throw error;
  }
  await toDriverError(transaction.commit());
  return result;
}

function createStatements(
  sequelize: Sequelize,
  names: TableNames,
  transaction: Transaction | null,
  ready?: () => Promise<void>,
): Statements {
  return createSqlStatements(async (sql, parameters) => {
    await ready?.();
    parameters.forEach(assertNoNul);
    const rows = sequelize.query<Record<string, unknown>>(sql, {
      // An empty list would have Sequelize look for parameters all the same.
      ...(parameters.length > 0 && { bind: [...parameters] }),
      transaction,
      type: QueryTypes.SELECT,
      // Copies of the database are behind.
      useMaster: true,
      // In a transaction a second try cannot help; whole transactions are tried again.
      retry: { max: 1 },
      ...AS_WRITTEN,
    });
    return toDriverError(rows);
  }, names);
}

/** Whatever the app has set for its own queries. */
const AS_WRITTEN = { raw: true, nest: false, plain: false, supportsSearchPath: false } as const;

/** Sequelize would write two characters in its place, and so make one user of two. */
function assertNoNul(parameter: Parameter): void {
  if (typeof parameter === "string" && parameter.includes("\0"))
    throw new StorageError("Postgres takes no text that holds the character NUL.");
}

/** Sequelize wraps what the driver throws; the driver's own error says by its code what went wrong. */
async function toDriverError<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const original = error instanceof BaseError && "original" in error ? error.original : undefined;
    throw original instanceof Error ? original : error;
  }
}
