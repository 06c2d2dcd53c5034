import type { Override, Rule } from "../../../src/model/flag";
import type { Condition } from "../../../src/model/condition";
import type { Row } from "../gateway";
import { compact, fromJson, optional, required, toJson } from "./column-values";

/** `at` is when the flag changed; an existing row keeps its `id` and `created_at`. */
export function toRuleRow(flagKey: string, rule: Rule, position: number, id: string, at: string): Row {
  return {
    id,
    flag_key: flagKey,
    rule_id: rule.id,
    position,
    priority: rule.priority ?? 0,
    name: rule.name ?? null,
    conditions: toJson(rule.conditions),
    enabled: rule.enabled ?? null,
    rollout_pct: toJson(rule.rolloutPct),
    is_holdout: rule.isHoldout ?? null,
    sticky: rule.sticky ?? null,
    value: toJson(rule.value),
    variant_id: rule.variantId ?? null,
    distribution: toJson(rule.distribution),
    outcome: toJson(rule.outcome),
    split: toJson(rule.split),
    created_at: new Date(at),
    updated_at: new Date(at),
  };
}

export function fromRuleRow(row: Row): Rule {
  return compact<Rule>({
    id: optional<string>(row, "rule_id") ?? required<string>(row, "id"),
    priority: required<number>(row, "priority"),
    name: optional(row, "name"),
    conditions: fromJson<Condition>(row.conditions),
    enabled: optional(row, "enabled"),
    rolloutPct: fromJson<number>(row.rollout_pct),
    isHoldout: optional(row, "is_holdout"),
    sticky: optional(row, "sticky"),
    value: fromJson(row.value),
    variantId: optional(row, "variant_id"),
    distribution: fromJson<Rule["distribution"]>(row.distribution),
    outcome: fromJson<Rule["outcome"]>(row.outcome),
    split: fromJson<Rule["split"]>(row.split),
  });
}

export function toOverrideRow(flagKey: string, override: Override, position: number): Row {
  const { scope, id } = override;
  return { flag_key: flagKey, scope, id, position, value: toJson(override.value), variant_id: override.variantId ?? null };
}

export function fromOverrideRow(row: Row): Override {
  return compact<Override>({
    scope: required<string>(row, "scope") as Override["scope"],
    id: required<string>(row, "id"),
    value: fromJson(row.value),
    variantId: optional(row, "variant_id"),
  });
}
