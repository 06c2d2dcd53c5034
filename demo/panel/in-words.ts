import type { Condition } from "rollease";

/** A value as one would write it. */
export function written(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}

/** A condition in words, as far as the shop's flags go. */
export function inWords(condition: Condition): string {
  if (typeof condition !== "object") return condition ? "always" : "never";
  if ("segment" in condition) return `in segment ${condition.segment}`;
  if ("all" in condition) return condition.all.map(inWords).join(" and ");
  if ("any" in condition) return condition.any.map(inWords).join(" or ");
  if ("op" in condition)
    return `${written(condition.dimension)} ${condition.op} ${[condition.value].flat().map(written).join(", ")}`;
  return "a condition";
}
