import { NAMED_FIELDS, type FlagContext as RolleaseContext } from "../model/context";
import { isRecord } from "../model/schema";
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

function toRolleaseContext({ attributes, segments, ...rest }: FlagContext): RolleaseContext {
  const fields: Record<string, unknown> = {};
  const others: Record<string, unknown> = isRecord(attributes) ? { ...attributes } : {};
  for (const [name, value] of Object.entries({ tenantId: rest.organizationId, ...rest })) {
    const named = (NAMED_FIELDS as readonly string[]).includes(name) && typeof value === "string";
    (named ? fields : others)[name] = value;
  }
  return { ...fields, ...(Array.isArray(segments) && { segments }), attributes: others };
}
