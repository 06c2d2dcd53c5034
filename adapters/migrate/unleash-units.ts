import type { Condition, Dimension } from "../../src/model/condition";
import { leaf } from "./conditions";
import { unleashDimension } from "./unleash-constraints";

/**
 * Unleash draws a number where it has nothing to hash. The moment of the evaluation stands in for that number: as many
 * evaluations are in, and only those within the same millisecond agree.
 */
export const RANDOM = "$now";

/** What is hashed, and for whom. */
export interface Unit {
  readonly unit: Dimension;
  readonly when: Condition;
}

export function always(unit: Dimension): readonly Unit[] {
  return [{ unit, when: true }];
}

/** An empty user counts as none; to a dimension it is there. */
function userOr(...others: readonly Dimension[]): readonly Unit[] {
  return [...always({ first: ["userId", ...others] }), { unit: { first: others }, when: leaf("userId", "eq", "") }];
}

export function rolloutUnits(stickiness: string): readonly Unit[] {
  if (stickiness === "default") return userOr(["sessionId"], RANDOM);
  return always(stickiness === "random" ? RANDOM : unleashDimension(stickiness));
}

export function variantUnits(stickiness: string): readonly Unit[] {
  if (stickiness === "default") return userOr(["sessionId"], "ip", RANDOM);
  if (stickiness === "random") return always(RANDOM);
  const unit = unleashDimension(stickiness);
  return [...always({ first: [unit, RANDOM] }), { unit: RANDOM, when: leaf(unit, "eq", "") }];
}
