import type { Condition } from "../../src/model/condition";
import { allOf, not } from "./conditions";
import { type MongoScope, toCondition } from "./growthbook-conditions";
import type { GrowthBookFeature, GrowthBookParent } from "./growthbook-document";

export interface ParentScope extends MongoScope {
  /** Of the flag whose parents they are. */
  readonly key: string;
  readonly features: ReadonlyMap<string, GrowthBookFeature>;
}

interface Parents {
  /** Each holds where a gate is closed: nothing is served then. */
  readonly gates: readonly Condition[];
  /** What has to hold for the rule. */
  readonly condition: Condition;
  /** A parent asks for the flag itself. The last gate holds for all that come to it, and neither the rule nor what follows applies. */
  readonly isCircular: boolean;
}

/** Other flags' values that a rule asks for, in their order: the first that is not as it should be decides. */
export function parentsOf(parents: readonly GrowthBookParent[], scope: ParentScope): Parents {
  const gates: Condition[] = [];
  const met: Condition[] = [];
  for (const { id, condition = {}, gate } of parents) {
    if (asksFor(id, scope)) {
      scope.warn(`${id} asks for this flag itself; from there on, the flag serves null`);
      return { gates: [...gates, allOf(met)], condition: false, isCircular: true };
    }
    const holds: Condition = scope.features.has(id)
      ? { flag: id, where: toCondition(condition, { ...scope, dimension: (path) => path }) }
      : // A flag that is not there has the value null.
        toCondition(condition, { ...scope, dimension: () => ({ first: [] }) });
    if (gate) gates.push(allOf([...met, not(holds)]));
    met.push(holds);
  }
  return { gates, condition: allOf(met), isCircular: false };
}

/** Whether a walk from flag to parent leads back. */
function asksFor(id: string, { key, features }: ParentScope): boolean {
  const reached = new Set([id]);
  for (const each of reached)
    for (const { parentConditions = [] } of features.get(each)?.rules ?? [])
      for (const parent of parentConditions) reached.add(parent.id);
  return reached.has(key);
}
