import type { Condition } from "../../src/model/condition";
import type { Outcome, Rule } from "../../src/model/flag";
import { isUsableKey } from "../../src/model/limits";
import { readWith } from "../../src/model/schema";
import { allOf, anyOf, leaf } from "./conditions";
import { finishImport, type Imported, type ImportedFlag, type ImportWarning } from "./imported";
import { keyOf } from "./launchdarkly-attributes";
import { toCondition } from "./launchdarkly-clauses";
import {
  type LaunchDarklyDocument,
  launchDarklyDocument,
  type LaunchDarklyFlag,
  type Target,
  type VariationOrRollout,
} from "./launchdarkly-document";
import { createFaults, type Faults } from "./launchdarkly-faults";
import { divide, type Served } from "./launchdarkly-rollouts";
import { toSegment } from "./launchdarkly-segments";
import { typeOfValues } from "./type-of-values";

/** What an evaluation that LaunchDarkly calls malformed comes to: the caller's default. */
const ERROR: Outcome = { enabled: false };
const ERROR_ID = "error";

/**
 * Imports what LaunchDarkly's SDKs get: `{flags: {key: flag}, segments: {key: segment}}`. A flag's variant is the index of the
 * variation as text. In contexts, a user's `key` is `userId` and what else is known of the user stands in `attributes`; a context of
 * another kind is `attributes[kind]`, with its `key`; `attributes.kind` lists the kinds.
 *
 * @throws ValidationError for what is no such document.
 */
export function fromLaunchDarkly(document: unknown): Imported {
  const source = readWith(launchDarklyDocument, document);
  const flags = source.flags.filter(([, { deleted }]) => !deleted);
  const warnings: ImportWarning[] = [];
  const segments = usableSegments(source).map(([key, segment]) => toSegment(key, segment));
  const faults = createFaults({ ...source, flags });
  const imported = flags.map(([key, flag]): ImportedFlag => {
    for (const message of faults.warningsOf(flag)) warnings.push({ flagKey: key, message });
    return toFlag(key, flag, faults);
  });
  return finishImport("launchdarkly", imported, segments, warnings);
}

function usableSegments({ segments = [] }: LaunchDarklyDocument): NonNullable<LaunchDarklyDocument["segments"]> {
  return segments.filter(([key, { deleted }]) => !deleted && isUsableKey(key));
}

function toFlag(key: string, flag: LaunchDarklyFlag, faults: Faults): ImportedFlag {
  const { variations = [], offVariation, fallthrough, prerequisites = [], clientSide, clientSideAvailability } = flag;
  const visible = clientSideAvailability?.usingEnvironmentId ?? clientSide;
  const toOutcome = (variation: number | undefined): Outcome =>
    variation !== undefined && Object.hasOwn(variations, variation) ? { variant: String(variation) } : ERROR;
  const serve = createServe(`${flag.key ?? key}.${flag.salt ?? ""}`, toOutcome);
  const [usual, ...more] = serve(fallthrough ?? {}).reverse();
  const plain = more.length === 0 ? usual?.outcome : undefined;
  const rules = [
    ...targetRules(flag, toOutcome),
    ...clauseRules(flag, serve),
    ...(plain ? [] : toRules("fallthrough", serve(fallthrough ?? {}))),
  ];
  return {
    key,
    type: typeOfValues(variations),
    status: flag.on ? "active" : "killed",
    variants: variations.map((value, i) => ({ key: String(i), value, weight: 1 })),
    off: offVariation === undefined ? ERROR : toOutcome(offVariation),
    fallthrough: plain ?? ERROR,
    ...(prerequisites.length > 0 && {
      prerequisites: prerequisites.map(({ key: other, variation }) => toPrerequisite(other, variation, faults)),
    }),
    ...(visible !== undefined && { clientVisible: visible }),
    rules: withIds(rules),
  };
}

/** What a variation or a rollout serves, the last part to all that are left. */
type Serve = (of: VariationOrRollout) => Served[];

function createServe(salted: string, toOutcome: (variation: number) => Outcome): Serve {
  const error: Served[] = [{ when: true, outcome: ERROR }];
  return ({ variation, rollout }) => {
    if (variation !== undefined) return [{ when: true, outcome: toOutcome(variation) }];
    return (rollout && divide(rollout, salted, toOutcome)) ?? error;
  };
}

/** With targets of contexts there are those of users in their list, too, in their place but without their keys. */
function targetRules({ targets = [], contextTargets = [] }: LaunchDarklyFlag, toOutcome: (v?: number) => Outcome): Rule[] {
  const inOrder =
    contextTargets.length === 0 ? targets : contextTargets.flatMap((each) => (isOfUsers(each) ? ofUsers(each) : [each]));
  return inOrder.flatMap(({ contextKind, variation, values = [] }, i) =>
    values.length === 0
      ? []
      : toRules(`target-${i + 1}`, [{ when: isAnyOf(contextKind, values), outcome: toOutcome(variation) }]),
  );

  function isOfUsers({ contextKind }: Target): boolean {
    return !contextKind || contextKind === "user";
  }
  function ofUsers({ variation }: Target): Target[] {
    const found = targets.find((each) => each.variation === variation);
    return found ? [found] : [];
  }
}

function clauseRules({ rules = [] }: LaunchDarklyFlag, serve: Serve): Rule[] {
  return rules.flatMap(({ id, description, clauses, ...served }, i) =>
    toRules(
      isUsableKey(id) ? id : `rule-${i + 1}`,
      // A rule without clauses matches everybody; one that does not even have a list of them, nobody.
      serve(served).map((each) => ({ ...each, when: clauses ? allOf([...clauses.map(toCondition), each.when]) : false })),
      description?.slice(0, 10_000),
    ),
  );
}

function toRules(id: string, served: readonly Served[], name?: string): Rule[] {
  return served.map(({ when, part, outcome, split }) => ({
    id: part ? `${id.slice(0, 200)}-${part}` : id,
    ...(name && { name }),
    conditions: when,
    ...(outcome && { outcome }),
    ...(split && { split }),
  }));
}

/** Gives each rule its place, and another id where one before has the same. */
function withIds(rules: readonly Rule[]): Rule[] {
  const taken = new Set<string>();
  return rules.map((rule, priority) => {
    const others = Array.from({ length: taken.size }, (_, i) => `${rule.id.slice(0, 200)}-${i + 2}`);
    const id = [rule.id, ...others].find((each) => !taken.has(each)) ?? rule.id;
    taken.add(id);
    return { ...rule, id, priority };
  });
}

/** Another flag must be on and serve a variation. Where evaluating it can fail, this flag's evaluation fails with it. */
function toPrerequisite(key: string, variation: number | undefined, faults: Faults): Condition {
  if (variation === undefined || !isUsableKey(key)) return false;
  const holds: Condition = {
    flag: key,
    where: { all: [leaf("variant", "eq", String(variation)), leaf("reason", "neq", "kill_switch")] },
  };
  if (!faults.canFail(key)) return holds;
  const worked: Condition[] = [leaf("variant", "exists", true)];
  if (!faults.failsWhenOff(key)) worked.push(leaf("reason", "in", ["kill_switch", "prerequisite_not_met"]));
  return anyOf([
    holds,
    { all: [{ none: [{ flag: key, where: anyOf(worked) }] }, { error: `${ERROR_ID}: "${key}" cannot be evaluated` }] },
  ]);
}

function isAnyOf(contextKind: string | undefined, keys: readonly string[]): Condition {
  const { dimension, guards } = keyOf(contextKind);
  return allOf([...guards, leaf(dimension, "in", keys)]);
}
