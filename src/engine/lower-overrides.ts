import type { Condition } from "../model/condition";
import type { Flag, Outcome } from "../model/flag";
import { toOutcome } from "./lower-flag";

const SCOPES = { user: "userId", tenant: "tenantId", environment: "environment" } as const;

/** Users before tenants before environments. Those who are served alike become one condition, however many they are. */
export function lowerOverrides({ overrides = [] }: Pick<Flag, "overrides">): (readonly [Condition, Outcome])[] {
  const ids = new Map<string, string[]>();
  const seen = new Set<string>();
  return Object.entries(SCOPES).flatMap(([name, dimension]) =>
    overrides.flatMap(({ scope, id, value, variantId }) => {
      if (scope !== name || seen.has(scope + id)) return [];
      seen.add(scope + id);
      const outcome = toOutcome(value, variantId);
      const group = name + JSON.stringify(outcome);
      const known = ids.get(group);
      if (known) known.push(id);
      const list = known ?? [id];
      ids.set(group, list);
      return known ? [] : [[{ dimension, op: "in", value: list }, outcome] as const];
    }),
  );
}
