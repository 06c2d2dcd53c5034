import { ConfigurableModuleBuilder } from "@nestjs/common";
import { ConfigurationError, ValidationError } from "../../src/errors";
import type { FlagContext } from "../../src/model/context";
import { boolean, fail, number, object, optional, readWith, type Schema, text } from "../../src/model/schema";
import type { DatabaseAdapter } from "../../src/ports/database-adapter";
import type { RolleaseCore } from "../../src/server/types";
import type { PrismaDatabase } from "../db/prisma/index";

/** Whom a flag is asked for. The environment is the module's. */
export type FeatureFlagContext = Omit<FlagContext, "environment">;

/** What `contextFromRequest` may rely on; say in its place what your platform's requests are, as `(request: Request) => ...`. */
export interface FeatureFlagRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As passport and others leave it. */
  readonly user?: unknown;
}

interface CommonOptions {
  /** Where the app runs, as `production`. Overrides of an environment are compared with it. */
  readonly environment: string;
  /**
   * For how many milliseconds the answer to a question may be given again. Every change of a flag, a segment or a layer, here or on
   * another server, ends that at once; so this bounds only how late a date is noticed. `0` evaluates each time. So do a context
   * with attributes and an `rl` with `localOverrides`, whatever this says.
   *
   * @defaultValue 30000
   */
  readonly cacheTtlMs?: number;
  /** Tells of evaluations and changes through `@nestjs/event-emitter`; see `FeatureFlagEvents`. @defaultValue false */
  readonly emitEvents?: boolean;
  /**
   * Says whom a request is for, where `isEnabled` is called without a context, and for `@FeatureFlag`. It is asked each time, as what
   * is known of a request grows on its way, by guards for example. A header can be written by anybody; take who has been authenticated.
   *
   * @defaultValue nobody
   */
  contextFromRequest?(request: FeatureFlagRequest): FeatureFlagContext | undefined | Promise<FeatureFlagContext | undefined>;
}

/** Of `rl`, `db` and `prisma` exactly one. */
export type FeatureFlagModuleOptions = CommonOptions &
  (
    | {
        /** A server of yours. It stays yours to close. */
        readonly rl: RolleaseCore;
        readonly db?: undefined;
        readonly prisma?: undefined;
        readonly secret?: undefined;
      }
    | {
        /** A database, which is closed with the app. */
        readonly db: DatabaseAdapter;
        /** See `secret` of `createRollease`. */
        readonly secret: string;
        readonly rl?: undefined;
        readonly prisma?: undefined;
      }
    | {
        /** A Prisma client, or a service that extends one, on a Postgres that has rollease's tables. It stays yours to disconnect. */
        readonly prisma: PrismaDatabase;
        /** See `secret` of `createRollease`. @defaultValue `ROLLEASE_SECRET`, else one that only this process knows */
        readonly secret?: string;
        readonly rl?: undefined;
        readonly db?: undefined;
      }
  );

/** The options as they are worked with: checked, with defaults. */
export type FeatureFlagSettings = FeatureFlagModuleOptions & Required<Pick<CommonOptions, "cacheTtlMs" | "emitEvents">>;

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<FeatureFlagModuleOptions>()
  .setClassMethodName("forRoot")
  .setFactoryMethodName("createFeatureFlagOptions")
  // Guards are made in the module of the controller that they guard.
  .setExtras({}, (definition) => ({ ...definition, global: true }))
  .build();

/** Something with methods, which stays the very object that was given. */
function withMethods(what: string, holds: (given: Record<string, unknown>) => boolean): Schema<never> {
  return (value, at) =>
    typeof value === "object" && value !== null && holds(value as Record<string, unknown>)
      ? (value as never)
      : fail(at, `must be ${what}`);
}

const func: Schema<never> = (value, at) => (typeof value === "function" ? (value as never) : fail(at, "must be a function"));

const schema = object<Record<keyof FeatureFlagModuleOptions, unknown>>({
  environment: text({ min: 1 }),
  rl: optional(withMethods("what createRollease answers", ({ flags, ready }) => Boolean(flags) && typeof ready === "function")),
  db: optional(withMethods("a database adapter", ({ transaction }) => typeof transaction === "function")),
  prisma: optional(withMethods("a PrismaClient", ({ $transaction }) => typeof $transaction === "function")),
  secret: optional(text()),
  cacheTtlMs: optional(number({ min: 0 })),
  emitEvents: optional(boolean),
  contextFromRequest: optional(func),
});

/** Checks what was given. @throws ConfigurationError that names the field */
export function toFeatureFlagSettings(given: FeatureFlagModuleOptions): FeatureFlagSettings {
  try {
    const read = readWith(schema, given) as unknown as FeatureFlagModuleOptions;
    const sources = (["rl", "db", "prisma"] as const).filter((name) => read[name] !== undefined);
    if (sources.length !== 1)
      throw new ConfigurationError(
        `${sources.join(", ") || "rl"}: FeatureFlagModule needs one of rl, db with secret, and prisma${sources.length > 1 ? ", not several" : ""}.`,
      );
    return { cacheTtlMs: 30_000, emitEvents: false, ...read };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new ConfigurationError(error.issues.map(({ path, message }) => `${path || "options"}: ${message}.`).join(" "));
  }
}
