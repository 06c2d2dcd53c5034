import { ConfigurationError } from "../errors";
import { systemClock, type Clock } from "../ports/clock";
import type { LogLevel, Logger } from "../ports/logger";
import type { RolleaseConfig } from "./types";

const SECRET_LENGTH = 16;
const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** The configuration with every default filled in. */
export interface Settings extends Pick<RolleaseConfig, "db" | "secret"> {
  readonly environment: string | undefined;
  readonly autoResolveSegments: boolean;
  readonly l1TtlMs: number;
  readonly fallbackOnError: boolean;
  readonly impressions: { readonly enabled: boolean; readonly sampleRate: number };
  readonly hooks: NonNullable<RolleaseConfig["hooks"]>;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Checks what was given. @throws ConfigurationError that names the field */
export function toSettings(config: RolleaseConfig): Settings {
  const { db, secret, environment, l1TtlMs = 5_000, impressions = {}, logging = {}, hooks = {}, resilience = {} } = config;
  const { enabled = true, sampleRate = 1 } = impressions;
  if (typeof (db as { transaction?: unknown } | undefined)?.transaction !== "function") fault("db", "must be a database adapter");
  if (typeof secret !== "string" || secret.length < SECRET_LENGTH)
    fault("secret", `must have at least ${SECRET_LENGTH} characters`);
  if (environment !== undefined && (typeof environment !== "string" || environment === ""))
    fault("environment", "must be a name");
  if (!Number.isFinite(l1TtlMs) || l1TtlMs <= 0) fault("l1TtlMs", "must be a positive number of milliseconds");
  if (!(sampleRate >= 0 && sampleRate <= 1)) fault("impressions.sampleRate", "must be between 0 and 1");
  if (logging.level !== undefined && !LEVELS.includes(logging.level))
    fault("logging.level", `must be one of ${LEVELS.join(", ")}`);
  for (const [name, hook] of Object.entries(hooks))
    if (hook !== undefined && typeof hook !== "function") fault(`hooks.${name}`, "must be a function");
  return {
    db,
    secret,
    environment,
    autoResolveSegments: config.autoResolveSegments ?? true,
    l1TtlMs,
    fallbackOnError: resilience.fallbackOnError === true,
    impressions: { enabled, sampleRate },
    hooks,
    log: createLog(logging),
    clock: config.clock ?? systemClock,
  };
}

function fault(field: string, problem: string): never {
  throw new ConfigurationError(`${field}: ${problem}.`);
}

function createLog({ level = "warn", sink }: NonNullable<RolleaseConfig["logging"]>): Logger {
  const least = LEVELS.indexOf(level);
  const write: Logger = sink ?? ((at, message, meta) => console[at](`[rollease] ${message}`, ...(meta ? [meta] : [])));
  return (at, message, meta) => {
    if (LEVELS.indexOf(at) >= least) write(at, message, meta);
  };
}
