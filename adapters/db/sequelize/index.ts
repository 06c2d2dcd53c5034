/**
 * Postgres through Sequelize.
 *
 * @example
 * ```ts
 * import { Sequelize } from "sequelize";
 * import { createSequelizeAdapter } from "rollease/db/sequelize";
 *
 * const db = createSequelizeAdapter({
 *   sequelize: new Sequelize(process.env.DATABASE_URL!, { dialect: "postgres" }),
 *   tablePrefix: "rollease_",
 *   sync: false,
 * });
 * ```
 *
 * @module
 */
import type { Sequelize } from "sequelize";
import { ConfigurationError } from "../../../src/errors";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { migrateSchema } from "../migrate-schema";
import { createRepository } from "../repository";
import { createTableNames, type TableOptions } from "../table-names";
import { createSequelizeGateway } from "./gateway";

export { defineRolleaseModels, type RolleaseModelName, type RolleaseModels } from "./models";

export interface SequelizeAdapterOptions extends TableOptions {
  /** A Sequelize of yours for Postgres, with whatever settings. It stays yours to close. */
  readonly sequelize: Sequelize;
  /**
   * Whether the tables are created or upgraded before anything else is done with them, as `migrate(adapter)` does.
   *
   * @defaultValue false
   */
  readonly sync?: boolean;
}

/**
 * Keeps everything in a Postgres that Sequelize talks to, through its pool. Hears of changes by `LISTEN`, on a connection
 * beside the pool; where it cannot have one, by reading the clock.
 */
export function createSequelizeAdapter({ sequelize, sync = false, ...where }: SequelizeAdapterOptions): DatabaseAdapter {
  assertPostgres(sequelize);
  const names = createTableNames(where);
  const gateway = createSequelizeGateway(sequelize, names);
  if (!sync) return createRepository(gateway);

  let synced: Promise<void> | undefined;
  // What failed is tried again by the next who asks.
  const migrateOnce = (): Promise<void> =>
    (synced ??= migrateSchema(gateway).catch((error: unknown) => {
      synced = undefined;
      throw error;
    }));
  return createRepository(createSequelizeGateway(sequelize, names, migrateOnce));
}

function assertPostgres(sequelize: unknown): asserts sequelize is Sequelize {
  const { getDialect } = (sequelize ?? {}) as Partial<Sequelize>;
  if (typeof getDialect !== "function")
    throw new ConfigurationError("sequelize: createSequelizeAdapter needs an instance of Sequelize 6.");
  const dialect = getDialect.call(sequelize);
  if (dialect !== "postgres")
    throw new ConfigurationError(`sequelize: must be one for Postgres; its dialect is ${JSON.stringify(dialect)}.`);
}
