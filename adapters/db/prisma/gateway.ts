import type { Gateway, Statements } from "../gateway";
import { createSqlStatements } from "../sql/statements";
import type { TableNames } from "../table-names";
import { withSqlState } from "./sql-state";

/** What rollease needs of a Prisma client inside of a transaction. */
export interface PrismaStatements {
  $queryRawUnsafe<T = unknown>(query: string, ...values: unknown[]): PromiseLike<T>;
  $executeRawUnsafe(query: string, ...values: unknown[]): PromiseLike<number>;
}

/** What rollease needs of a Prisma client: each `PrismaClient` for PostgreSQL has it. */
export interface PrismaDatabase extends PrismaStatements {
  $transaction<T>(
    work: (tx: PrismaStatements) => Promise<T>,
    options?: { isolationLevel?: "ReadCommitted" | "RepeatableRead"; maxWait?: number; timeout?: number },
  ): Promise<T>;
  $disconnect(): Promise<void>;
}

/** How long a transaction waits for a connection. */
const MAX_WAIT_MS = 10_000;
/** Prisma would end a transaction after 5 s. This one may wait for others and migrate big tables. */
const TIMEOUT_MS = 10 * 60_000;

/** A gateway without `listen` and `close`, which depend on what else is given. */
export function createPrismaGateway(prisma: PrismaDatabase, names: TableNames): Omit<Gateway, "listen" | "close"> {
  return {
    ...createStatements(prisma, names),
    kind: "prisma",
    names,
    async transaction(work, { snapshot = false } = {}) {
      // Said in any case: under a stricter default of the app's, writers who wait for each other would fail.
      const isolationLevel = snapshot ? "RepeatableRead" : "ReadCommitted";
      let begun = false;
      try {
        return await prisma.$transaction(
          (tx) => {
            begun = true;
            return work(createStatements(tx, names));
          },
          { isolationLevel, maxWait: MAX_WAIT_MS, timeout: TIMEOUT_MS },
        );
      } catch (error) {
        throw withSqlState(error, begun);
      }
    },
  };
}

function createStatements(prisma: PrismaStatements, names: TableNames): Statements {
  return {
    ...createSqlStatements(async (sql, parameters) => {
      try {
        return await prisma.$queryRawUnsafe(sql, ...parameters);
      } catch (error) {
        throw withSqlState(error);
      }
    }, names),
    // Prisma cannot read what a lock answers.
    async run(statement) {
      try {
        await prisma.$executeRawUnsafe(statement);
      } catch (error) {
        throw withSqlState(error);
      }
    },
  };
}
