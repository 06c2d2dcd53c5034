import { RuleNotFoundError, ValidationError } from "../errors";
import { SERVED } from "../model/check-flag";
import type { Flag, Rule } from "../model/flag";
import type { FlagWriter } from "./change-flag";
import { applyPatch, assertUnchanged } from "./patch";
import type { FlagManager } from "./types";

type RuleOperations = Pick<FlagManager, "addRule" | "updateRule" | "removeRule" | "reorderRules" | "listRules">;

export function createRuleOperations(writer: FlagWriter, get: (flagKey: string) => Promise<Flag>): RuleOperations {
  return {
    async addRule(flagKey, rule, options) {
      const flag = await writer.redefine({ action: "add_rule", key: flagKey, options }, (before) => ({
        ...before,
        rules: [...before.rules, rule],
      }));
      return flag.rules.at(-1) as Rule;
    },
    async updateRule(flagKey, ruleId, patch, options) {
      const flag = await writer.redefine({ action: "update_rule", key: flagKey, options }, (before) => {
        ruleOf(before, ruleId);
        assertUnchanged(patch, ["id"]);
        return { ...before, rules: before.rules.map((rule) => (rule.id === ruleId ? patchRule(rule, patch) : rule)) };
      });
      return ruleOf(flag, ruleId);
    },
    async removeRule(flagKey, ruleId, options) {
      await writer.redefine({ action: "remove_rule", key: flagKey, options }, (before) => {
        ruleOf(before, ruleId);
        return { ...before, rules: before.rules.filter((rule) => rule.id !== ruleId) };
      });
    },
    async reorderRules(flagKey, ruleIds, options) {
      const flag = await writer.redefine({ action: "reorder_rules", key: flagKey, options }, (before) => {
        if (
          !isPermutation(
            ruleIds,
            before.rules.map(({ id }) => id),
          )
        )
          throw new ValidationError([{ path: "ruleIds", message: "must name every rule of the flag once" }]);
        return { ...before, rules: ruleIds.map((id: string, priority) => ({ ...ruleOf(before, id), priority })) };
      });
      return flag.rules;
    },
    async listRules(flagKey) {
      const { rules } = await get(flagKey);
      return [...rules].sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
    },
  };
}

function ruleOf(flag: Flag, id: string): Rule {
  const rule = flag.rules.find((one) => one.id === id);
  if (!rule) throw new RuleNotFoundError(flag.key, id);
  return rule;
}

/** A patch that names what is to be served takes what was served before away. */
function patchRule(rule: Rule, patch: Partial<Rule>): Record<string, unknown> {
  const servesAnew = SERVED.some((name) => patch[name] !== undefined);
  const others = servesAnew ? Object.fromEntries(SERVED.map((name) => [name, undefined])) : {};
  return applyPatch({ ...rule, ...others }, patch);
}

function isPermutation(given: unknown, ids: readonly string[]): boolean {
  return Array.isArray(given) && given.length === ids.length && ids.every((id) => given.includes(id));
}
