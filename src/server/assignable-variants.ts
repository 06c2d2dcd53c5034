import { ON_VARIANT } from "../engine/lower-flag";
import type { Flag } from "../model/flag";

/** The variant keys that a unit may be assigned to: those of a split, or the one of a rollout that lets units in. */
export function assignableVariants({ type, variants = [], rollout }: Flag): ReadonlySet<string> {
  const keys = new Set(variants.map(({ key }) => key));
  const splits = keys.size > 0 && (type === "multivariate" || (type !== "boolean" && rollout?.value === undefined));
  return rollout && !splits ? keys.add(ON_VARIANT) : keys;
}
