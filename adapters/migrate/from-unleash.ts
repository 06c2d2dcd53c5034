import { parseNetwork } from "../../src/engine/cidr";
import type { Bucketing, Condition, Dimension } from "../../src/model/condition";
import type { Rule, Split } from "../../src/model/flag";
import type { JsonValue } from "../../src/model/json";
import { readWith } from "../../src/model/schema";
import { allOf, anyOf, leaf } from "./conditions";
import { finishImport, type Imported, type ImportedFlag, type ImportWarning, type Warn, warnAt, warnOf } from "./imported";
import { toCondition, unleashDimension } from "./unleash-constraints";
import { always, RANDOM, rolloutUnits, type Unit, variantUnits } from "./unleash-units";
import {
  unleashDocument,
  type UnleashFeature,
  type UnleashState,
  type UnleashStrategy,
  type UnleashVariant,
} from "./unleash-document";

export interface FromUnleashOptions {
  /** The SDK whose buckets are kept, where SDKs differ: that for Node hashes the low byte of each UTF-16 unit, all others UTF-8. */
  readonly sdk?: "node";
}

/** What an import is about, handed to its parts. */
interface Scope extends FromUnleashOptions {
  readonly feature: UnleashFeature;
  readonly state: UnleashState;
  readonly warn: Warn;
}

const OFF = { value: false, enabled: false } as const;
const ON = { value: true, enabled: true } as const;
const VARIANT_SEED = 86028157;

/**
 * Imports the answer of Unleash's `/api/client/features`, or `{events}` of its delta API. A flag is `enabled` where
 * `isEnabled` was true, its variant is the name that `getVariant` gave (none for `disabled`), and its value the payload,
 * decoded by its type, or `true`. In contexts, `remoteAddress` is `ip`; `sessionId`, `appName` and properties are attributes.
 *
 * @throws ValidationError for what is no such document.
 */
export function fromUnleash(document: unknown, options: FromUnleashOptions = {}): Imported {
  const state = readWith(unleashDocument, document);
  const warnings: ImportWarning[] = [];
  const flags = state.features.map((feature) => toFlag({ ...options, feature, state, warn: warnOf(feature.name, warnings) }));
  const segments = state.segments.map(({ id, name = String(id), constraints = [] }) => ({
    key: segmentKey(id),
    name,
    // What there is to warn of, the flags that ask for the segment are warned of.
    rules: allOf(constraints.map((each) => toCondition(each, () => undefined))),
  }));
  return finishImport("unleash", flags, segments, warnings);
}

function segmentKey(id: number): string {
  return `unleash-${id}`;
}

function toFlag(scope: Scope): ImportedFlag {
  const { name, description, enabled, strategies, dependencies = [] } = scope.feature;
  const unconditional: UnleashStrategy[] = strategies.length === 0 ? [{ name: "default" }] : [];
  const rules = [...strategies, ...unconditional].flatMap((each, i) => {
    const warn = warnAt(`strategies[${i}]`, scope.warn);
    return toRules({ ...scope, warn }, each, i);
  });
  const isBoolean = rules.every(({ outcome }) => outcome === ON);
  return {
    key: name,
    ...(description && { description }),
    type: isBoolean ? "boolean" : "json",
    status: enabled ? "active" : "killed",
    defaultValue: false,
    offValue: false,
    ...(!isBoolean && { fallthrough: OFF }),
    ...(dependencies.length > 0 && { prerequisites: dependencies.map((each) => toPrerequisite(scope, each)) }),
    rules: rules.map((rule, priority) => ({ ...rule, priority })),
  };
}

function toPrerequisite(
  { state }: Scope,
  { feature, enabled = true, variants = [] }: NonNullable<UnleashFeature["dependencies"]>[number],
): Condition {
  const parent = state.features.find(({ name }) => name === feature);
  // Unleash knows no parents of parents.
  if (!parent || parent.dependencies?.length) return false;
  const isEnabled = leaf("enabled", "eq", enabled);
  if (!enabled || variants.length === 0) return { flag: feature, where: isEnabled };
  const isNone = variants.includes("disabled") && ({ dimension: "variant", op: "exists", value: false } as const);
  return { flag: feature, where: { all: [isEnabled, anyOf([leaf("variant", "in", variants), isNone])] } };
}

/** A strategy is a rule, and one more for each variant that it gives to certain units. */
function toRules(scope: Scope, strategy: UnleashStrategy, index: number): Rule[] {
  const { feature, state, warn } = scope;
  const { name, parameters = {}, constraints = [], segments = [], variants: own = [] } = strategy;
  const members = segments.map((id): Condition => {
    const segment = state.segments.find((each) => each.id === id);
    segment?.constraints?.forEach((each) => toCondition(each, warn));
    return segment !== undefined && { segment: segmentKey(id) };
  });
  const conditions = allOf([...constraints.map((each) => toCondition(each, warn)), ...members, isChosen(scope, strategy)]);
  const rule = { id: `strategy-${index + 1}`, name };
  const isOwn = weightOf(own) > 0;
  const variants = isOwn ? own : (feature.variants ?? []);
  const size = weightOf(variants);
  if (size <= 0) return [{ ...rule, conditions, outcome: ON }];
  const groupId = isOwn ? (parameters["groupId"] ?? (scope.sdk === "node" ? "undefined" : feature.name)) : feature.name;
  const stickiness = variants[0]?.stickiness || (isOwn ? parameters["stickiness"] : undefined) || "default";
  const splits = variantUnits(stickiness).map(({ unit, when }, i): Rule => {
    const by = bucketing(scope, groupId, unit, { seed: VARIANT_SEED, size });
    const id = i === 0 ? rule.id : `${rule.id}-without-unit`;
    return { ...rule, id, conditions: allOf([conditions, when]), split: { by, ranges: rangesOf(variants) } };
  });
  const overrides = variants.flatMap((variant, i): Rule[] =>
    variant.overrides?.length
      ? [
          {
            id: `strategy-${index + 1}-override-${i + 1}`,
            name: `${name}: ${variant.name}`,
            conditions: allOf([
              conditions,
              anyOf(variant.overrides.map(({ contextName, values }) => isOneOf(contextName, values))),
            ]),
            outcome: outcomeOf(variant),
          },
        ]
      : [],
  );
  return [...overrides, ...splits];
}

function weightOf(variants: readonly UnleashVariant[]): number {
  return variants.reduce((sum, { weight }) => sum + weight, 0);
}

function isOneOf(contextName: string, values: readonly string[]): Condition {
  return leaf(unleashDimension(contextName), "in", values, { as: "string" });
}

function rangesOf(variants: readonly UnleashVariant[]): Split["ranges"] {
  let end = 0;
  return variants.map((variant) => [end, (end += variant.weight), outcomeOf(variant)] as const);
}

function outcomeOf({ name, payload }: UnleashVariant): NonNullable<Rule["outcome"]> {
  return { variant: name, value: payload ? decode(payload) : true, enabled: true };
}

/** A payload by its type; as the text that it is, where it is nothing of that type. */
function decode({ type, value }: NonNullable<UnleashVariant["payload"]>): JsonValue {
  const number = Number(value);
  if (type === "number" && value.trim() && Number.isFinite(number)) return number;
  if (type !== "json") return value;
  try {
    return JSON.parse(value) as JsonValue;
  } catch {
    return value;
  }
}

/** What the strategy itself asks for, its constraints and segments aside. */
function isChosen(scope: Scope, { name, parameters = {} }: UnleashStrategy): Condition {
  const { groupId = "", percentage, rollout, userIds = "", IPs = "", hostNames = "" } = parameters;
  const split = (text: string): string[] => (text ? text.split(/\s*,\s*/) : []);
  switch (name) {
    case "default":
      return true;
    case "userWithId":
      return leaf("userId", "in", split(userIds));
    case "remoteAddress":
      return isAddress(split(IPs));
    case "applicationHostname":
      scope.warn("the SDK compared its own host's name; here it is the attribute hostname");
      return leaf(["hostname"], "in", split(hostNames), { caseInsensitive: true });
    case "gradualRolloutUserId":
      return isInside(scope, groupId, always("userId"), percentage);
    case "gradualRolloutSessionId":
      return isInside(scope, groupId, always(["sessionId"]), percentage);
    case "gradualRolloutRandom":
      return isInside(scope, scope.feature.name, always(RANDOM), percentage);
    case "flexibleRollout":
      return isInside(scope, groupId, rolloutUnits(parameters["stickiness"] || "default"), rollout);
    default:
      scope.warn(`the strategy ${name} is code that stands elsewhere; it applies to nobody`);
      return false;
  }
}

/** Networks of IPv4; whatever else there is has to be the very text. */
function isAddress(addresses: readonly string[]): Condition {
  const isNetwork = (text: string): boolean => parseNetwork(text)?.startsWith("4") === true && !text.includes(":");
  const networks = addresses.filter(isNetwork);
  const others = addresses.filter((text) => text && !isNetwork(text));
  return anyOf([networks.length > 0 && leaf("ip", "cidr", networks), others.length > 0 && leaf("ip", "in", others)]);
}

function isInside(scope: Scope, groupId: string, units: readonly Unit[], percentage: string | undefined): Condition {
  // Buckets are whole numbers, so that a fraction of one lets nobody else in.
  const end = Math.min(100, Math.floor(Number(percentage)));
  const isIn = ({ unit, when }: Unit): Condition =>
    allOf([when, { bucket: bucketing(scope, groupId, unit, { size: 100 }), in: [[0, end]] }]);
  return end > 0 && anyOf(units.map(isIn));
}

function bucketing({ sdk }: Scope, groupId: string, unit: Dimension, more: Partial<Bucketing>): Bucketing {
  return {
    algorithm: "murmur3-modulo",
    prefix: `${groupId}:`,
    unit,
    ...more,
    ...(sdk === "node" && { text: "low-byte" }),
  };
}
