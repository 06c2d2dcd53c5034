import { createEngine } from "../engine/create-engine";
import { type ValidationIssue, ValidationError } from "../errors";
import type { Condition } from "../model/condition";
import { type ConditionNode, conditionNodes } from "../model/condition-walk";
import type { Flag } from "../model/flag";
import type { Segment } from "../model/segment";
import { digestCondition, digestFlagConditions } from "./hashed/digest-conditions";
import { digestFault, hashedBelow, mentionsHashed, spellsOutHashed } from "./hashed/digestible";

/**
 * Judges a regular expression: answers why it is refused, or `undefined` for one that is matched in a time that
 * grows no faster than the input.
 */
export type JudgeRegex = (pattern: string, caseInsensitive: boolean) => Promise<string | undefined>;

/** Where the engine finds the condition of a probe. */
const PROBE_PATH = 'rules["probe"].conditions.';

export type Evaluable = { readonly flag: Flag } | { readonly segment: Segment };

/** @throws ValidationError that names the conditions */
export type CheckEvaluable = (candidate: Evaluable) => Promise<void>;

/**
 * Refuses a definition that replicas could not evaluate, be it for comparing `hashed` attributes, of which pages have
 * digests alone.
 *
 * @throws ValidationError that names the conditions
 */
export async function checkEvaluable(
  candidate: Evaluable,
  judgeRegex: JudgeRegex,
  hashed: readonly string[] = [],
): Promise<void> {
  const nodes = [...conditionNodes("flag" in candidate ? candidate.flag : candidate.segment)];
  const issues = findFaults(candidate, nodes);
  if (issues.length === 0 && hashed.length > 0) issues.push(...findDigestFaults(candidate, nodes, hashed));
  for (const { node, path } of nodes) {
    if (typeof node === "boolean" || !("op" in node) || node.op !== "regex" || typeof node.value !== "string") continue;
    if (issues.some((issue) => issue.path === `${path}.value`)) continue;
    const message = await judgeRegex(node.value, node.caseInsensitive === true);
    if (message !== undefined) issues.push({ path: `${path}.value`, message });
  }
  if (issues.length > 0) throw new ValidationError(issues);
}

/** What the engine has against the definition: the conditions that it would refuse alone, else the definition as a whole. */
function findFaults(candidate: Evaluable, nodes: readonly ConditionNode[]): ValidationIssue[] {
  const whole = warningsOf(candidate);
  if (whole.length === 0) return [];
  const faults = nodes
    .filter(({ node }) => !isGroup(node))
    .flatMap(({ node, path }) => warningsOf({ flag: probe(node) }).map(({ message }) => toIssue(node, path, message)));
  return faults.length > 0 ? faults : whole.map(({ message }) => ({ path: "", message }));
}

/** What cannot be compared by digests: single comparisons, else the definition, which digests make larger. */
function findDigestFaults(candidate: Evaluable, nodes: readonly ConditionNode[], hashed: readonly string[]): ValidationIssue[] {
  /** What is hashed there: beside the attributes by their names, parts of the element that a condition looks at. */
  const hashedAt = (place: string): readonly string[] => [
    ...hashed,
    ...nodes.flatMap(({ node, path }) =>
      typeof node === "object" && "some" in node && place.startsWith(`${path}.some`)
        ? hashedBelow(node.dimension, hashedAt(path))
        : [],
    ),
  ];
  const faults = nodes.flatMap(({ node, path }): ValidationIssue[] => {
    if (typeof node === "boolean" || !("dimension" in node)) return [];
    const names = hashedAt(path);
    if ("op" in node && spellsOutHashed(node, names))
      return [{ path: `${path}.value`, message: "must not be an object, because a part of it is hashed" }];
    if (!mentionsHashed(node.dimension, names)) return [];
    if ("some" in node) return [{ path: `${path}.dimension`, message: "is hashed: its elements cannot be looked at" }];
    const fault = digestFault(node, names, /\.(some|where)\b/.test(path));
    return fault ? [{ path: `${path}.${fault.field}`, message: fault.message }] : [];
  });
  if (faults.length > 0) return faults;
  const digested: Evaluable =
    "flag" in candidate
      ? { flag: digestFlagConditions(candidate.flag, hashed, () => "") }
      : { segment: { ...candidate.segment, rules: digestCondition(candidate.segment.rules, hashed, () => "") } };
  return warningsOf(digested).map(() => ({ path: "", message: "has too many comparisons of hashed attributes" }));
}

/** The engine's own messages are short, because they ship to browsers. */
function toIssue(node: Condition, path: string, message: string): ValidationIssue {
  if (typeof node !== "object" || !("op" in node)) return { path, message: message.replace(PROBE_PATH, "") };
  if (node.op === "regex")
    return { path: `${path}.value`, message: "must be a short regular expression whose repetitions are not nested" };
  return { path: `${path}.value`, message: `is nothing that ${node.op} can compare with` };
}

function warningsOf(candidate: Evaluable): { readonly message: string }[] {
  const flags = "flag" in candidate ? [candidate.flag] : [];
  const segments = "segment" in candidate ? [candidate.segment] : [];
  return createEngine({ flags, segments, layers: [] }, { now: () => 0 }).warnings();
}

function isGroup(node: Condition): boolean {
  return typeof node === "object" && ("all" in node || "any" in node || "none" in node || "where" in node || "some" in node);
}

/** A flag of one condition. */
function probe(conditions: Condition): Flag {
  const at = new Date(0).toISOString();
  const rules = [{ id: "probe", conditions }];
  return {
    key: "probe",
    type: "boolean",
    status: "active",
    defaultValue: false,
    rules,
    version: 1,
    createdAt: at,
    updatedAt: at,
  };
}
