import { type ValidationIssue, ValidationError } from "../errors";
import { createEngine } from "../engine/create-engine";
import { conditionNodes } from "../model/condition-walk";
import type { Flag } from "../model/flag";
import type { Segment } from "../model/segment";

/**
 * Judges a regular expression: answers why it is refused, or `undefined` for one that is matched in a time that
 * grows no faster than the input.
 */
export type JudgeRegex = (pattern: string, caseInsensitive: boolean) => Promise<string | undefined>;

type Definitions = { readonly flag: Flag } | { readonly segment: Segment };

/** Refuses a definition that no replica could evaluate. @throws ValidationError */
export async function checkEvaluable(definitions: Definitions, judgeRegex: JudgeRegex): Promise<void> {
  const source = {
    flags: "flag" in definitions ? [definitions.flag] : [],
    segments: "segment" in definitions ? [definitions.segment] : [],
    layers: [],
  };
  const issues: ValidationIssue[] = createEngine(source, { now: () => 0 })
    .warnings()
    .map(({ path, message }) => ({ path, message }));
  for (const { node, path } of conditionNodes("flag" in definitions ? definitions.flag : definitions.segment)) {
    if (typeof node === "boolean" || !("op" in node) || node.op !== "regex" || typeof node.value !== "string") continue;
    if (issues.some((issue) => issue.path.startsWith(path))) continue;
    const fault = await judgeRegex(node.value, node.caseInsensitive === true);
    if (fault !== undefined) issues.push({ path: `${path}.value`, message: fault });
  }
  if (issues.length > 0) throw new ValidationError(issues);
}
