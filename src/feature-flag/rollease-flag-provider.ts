import { NAMED_FIELDS, type FlagContext as RolleaseContext } from "../model/context";
import type { FlagEvaluation } from "../server/evaluation-types";
import { requireMethods } from "./has-methods";
import type { FlagContext, FlagProvider, FlagValue } from "./types";

/** What is asked of a `Rollease`. */
export interface RolleaseFlags {
  readonly flags: Pick<FlagEvaluation, "evaluate">;
}

/**
 * Flags of rollease itself. A boolean flag answers what `rl.flags.isEnabled` does, any other the value that is served.
 *
 * Of a context, `organizationId` is the tenant, too, unless there is a `tenantId`; what rollease has no field for counts as an attribute.
 */
export class RolleaseFlagProvider implements FlagProvider {
  readonly #flags: RolleaseFlags["flags"];

  /** @throws ConfigurationError for what is no `Rollease` */
  constructor(rl: RolleaseFlags) {
    requireMethods("rl.flags", rl?.flags, ["evaluate"]);
    this.#flags = rl.flags;
  }

  /** @throws FlagNotFoundError for a flag that is not there; whatever `rl.flags.evaluate` throws */
  async evaluate(key: string, context: FlagContext = {}): Promise<FlagValue> {
    const { value, enabled } = await this.#flags.evaluate<FlagValue>(key, toRolleaseContext(context));
    return typeof value === "boolean" ? enabled && value : value;
  }
}

function toRolleaseContext({ attributes, segments, tenantId, ...rest }: FlagContext): RolleaseContext {
  const given = Object.entries({ ...rest, tenantId: tenantId ?? rest.organizationId });
  const pick = (fields: boolean): object => Object.fromEntries(given.filter((entry) => isField(entry) === fields));
  return {
    ...pick(true),
    ...(Array.isArray(segments) && { segments: segments as string[] }),
    attributes: { ...(typeof attributes === "object" && attributes), ...pick(false) },
  };
}

function isField([name, value]: readonly [string, unknown]): boolean {
  return typeof value === "string" && (NAMED_FIELDS as readonly string[]).includes(name);
}
