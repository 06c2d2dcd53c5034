import type { Condition } from "../../../src/model/condition";
import type { Flag, Outcome, Rule, Variant } from "../../../src/model/flag";
import type { JsonValue } from "../../../src/model/json";
import type { FlagInput, FlagPatch, RuleInput } from "../../../src/server/types";
import { badRequest } from "../../http-error";
import { lowerCondition, raiseCondition, type EngineCondition } from "./condition";

export type EngineRule = {
  readonly id?: string;
  readonly variant: string;
  /** Lowest first. */
  readonly priority?: number;
} & (EngineCondition | { readonly conditions: Condition });

export interface EngineFlag {
  readonly key: string;
  readonly name?: string;
  readonly description?: string;
  readonly enabled: boolean;
  readonly rolloutPercentage: number;
  readonly rules: readonly EngineRule[];
  readonly defaultVariant: string;
}
export type EngineChange = Partial<Omit<EngineFlag, "key">>;

/** What the engine serves to who is in, and to everybody where a flag is off. */
const ON = "on";
const OFF = "off";

/** The value of a variant that is known by its name alone. */
function valueOf(variant: string): JsonValue {
  return variant === ON || (variant === OFF ? false : variant);
}

/** A flag of ours for one of the engine's: its variants are `on`, which the percentage gets, `off`, and those that are named. */
export function lowerFlag({ key, name, description, enabled, rolloutPercentage, rules, defaultVariant }: EngineFlag): FlagInput {
  return {
    key,
    type: "multivariate",
    status: enabled ? "active" : "killed",
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    variants: withVariants([], [ON, OFF, defaultVariant, ...rules.map(({ variant }) => variant)]),
    rollout: { percentage: rolloutPercentage },
    rules: rules.map((rule) => lowerRule(rule, false)),
    off: { variant: OFF, enabled: false },
    ...lowerDefault(defaultVariant),
  };
}

/** What a change of the engine's means for a flag, whoever has made it. @throws HttpError for what has no meaning there */
export function lowerChange(flag: Flag, change: EngineChange): FlagPatch {
  const { name, description, enabled, rolloutPercentage, rules, defaultVariant } = change;
  const isBoolean = flag.type === "boolean" && !flag.variants;
  const named = [...(rules ?? []).map(({ variant }) => variant), ...(defaultVariant === undefined ? [] : [defaultVariant])];
  const unknown = named.filter((variant) =>
    isBoolean ? variant !== ON && variant !== OFF : !flag.variants?.some(({ key }) => key === variant),
  );
  if (unknown.length > 0 && flag.type !== "multivariate")
    throw badRequest(`variant: a flag of the type ${flag.type} has no "${unknown[0]}".`);
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(enabled !== undefined && { status: enabled ? "active" : "killed" }),
    ...(rolloutPercentage !== undefined && { rollout: { ...flag.rollout, percentage: rolloutPercentage } }),
    ...(unknown.length > 0 && { variants: withVariants(flag.variants ?? [], unknown) }),
    ...(rules && { rules: rules.map((rule) => lowerRule(rule, isBoolean)) }),
    ...(defaultVariant !== undefined && (isBoolean ? { defaultValue: defaultVariant === ON } : defaultOf(flag, defaultVariant))),
  };
}

function defaultOf({ variants }: Flag, defaultVariant: string): Pick<Flag, "defaultValue" | "fallthrough"> {
  const known = variants?.find(({ key }) => key === defaultVariant);
  return { ...lowerDefault(defaultVariant), ...(known && { defaultValue: known.value }) };
}

/** Who gets `off` is not in, whatever the type says. */
function lowerDefault(variant: string): { readonly defaultValue: JsonValue; readonly fallthrough: Outcome } {
  return { defaultValue: valueOf(variant), fallthrough: { variant, ...(variant === OFF && { enabled: false }) } };
}

/** Only `on` has a share of the percentage: of the others, rules and the default speak. */
function withVariants(variants: readonly Variant[], names: readonly string[]): readonly Variant[] {
  const added = [...new Set(names)].filter((name) => !variants.some(({ key }) => key === name));
  return [...variants, ...added.map((key) => ({ key, value: valueOf(key), weight: key === ON ? 1 : 0 }))];
}

function lowerRule({ id, variant, priority, ...rule }: EngineRule, isBoolean: boolean): RuleInput {
  return {
    ...(id !== undefined && { id }),
    ...(priority !== undefined && { priority }),
    conditions: "conditions" in rule ? rule.conditions : lowerCondition(rule),
    ...(isBoolean ? { value: variant === ON } : { variantId: variant }),
  };
}

export interface ShownFlag extends Omit<EngineFlag, "rules"> {
  readonly rules: readonly object[];
  readonly archived?: true;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A flag in the engine's words. Rules that it has no words for are shown as they are. */
export function raiseFlag(flag: Flag): ShownFlag {
  const { key, name, description, status, rollout, fallthrough, defaultValue, version, createdAt, updatedAt } = flag;
  return {
    key,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    enabled: status === "active",
    rolloutPercentage: rollout?.percentage ?? 0,
    rules: flag.rules.map((rule) => raiseRule(flag, rule)),
    defaultVariant: fallthrough?.variant ?? nameOf(flag, fallthrough?.value ?? defaultValue) ?? OFF,
    ...(status === "archived" && { archived: true }),
    version,
    createdAt,
    updatedAt,
  };
}

function raiseRule(flag: Flag, rule: Rule): object {
  const { id, priority = 0, conditions, variantId, value, name: _, enabled = true, ...more } = rule;
  const variant = variantId ?? nameOf(flag, value);
  if (variant === undefined || !enabled || Object.keys(more).length > 0) return rule;
  return { id, ...(raiseCondition(conditions) ?? { conditions }), variant, priority };
}

/** The variant that a value is, `on` and `off` where the flag has no variants. */
function nameOf({ variants }: Flag, value: JsonValue | undefined): string | undefined {
  if (variants) return variants.find((variant) => variant.value === value)?.key;
  return typeof value === "boolean" ? (value ? ON : OFF) : undefined;
}
