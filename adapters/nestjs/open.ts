import { Logger as NestLogger } from "@nestjs/common";
import { ConfigurationError } from "../../src/errors";
import { createRollease } from "../../src/index";
import type { Logger } from "../../src/ports/logger";
import type { DatabaseAdapter } from "../../src/ports/database-adapter";
import { INTERNAL, type RolleaseCore } from "../../src/server/types";
import type { PrismaDatabase } from "../db/prisma/index";
import type { FeatureFlagSettings } from "./options";

export interface OpenRollease {
  readonly rl: RolleaseCore;
  /** Closes what was opened here: nothing, where a server was handed in. */
  close(): Promise<void>;
}

/** The server that the options are of, with a ruleset to evaluate on. @throws ConfigurationError; what keeps a ruleset from coming */
export async function open({ rl, db, prisma, secret, environment }: FeatureFlagSettings): Promise<OpenRollease> {
  if (rl) {
    assertIn(environment, rl);
    await rl.ready();
    return { rl, close: () => Promise.resolve() };
  }
  const opened = createRollease({
    db: db ?? (await openPrisma(prisma)),
    secret: secret ?? (prisma ? (process.env["ROLLEASE_SECRET"] ?? crypto.randomUUID()) : ""),
    environment,
    logging: { sink: createSink() },
  });
  try {
    await opened.ready();
  } catch (error) {
    await opened.close();
    throw error;
  }
  return { rl: opened, close: opened.close };
}

function assertIn(environment: string, rl: RolleaseCore): void {
  const { environment: own } = rl[INTERNAL];
  if (own !== undefined && own !== environment)
    throw new ConfigurationError(`environment: is "${environment}", but rl is confined to "${own}".`);
}

/** Whoever has no Prisma does not load what speaks to it. */
async function openPrisma(prisma: PrismaDatabase): Promise<DatabaseAdapter> {
  const { createPrismaAdapter } = await import("../db/prisma/index");
  return createPrismaAdapter({ prisma });
}

/** Says what a server has to say where the app says everything else. */
function createSink(): Logger {
  const logger = new NestLogger("FeatureFlagModule");
  const levels = { debug: "debug", info: "log", warn: "warn", error: "error" } as const;
  return (level, message, meta) => logger[levels[level]](message, ...(meta ? [meta] : []));
}
