import type { ComparisonFinding, ExplainedLine, Explanation, Finding } from "../model/explanation";
import type { Evaluation } from "../model/result";
import { round, show, showDimension, showRanges } from "./change-needed";

const MARKS = { decided: "✓", passed: "✗", unreached: "·" } as const;

/**
 * An explanation for people: what was served and why, and, line by line, what was met and what would have to change.
 * Plain text, for a terminal or a `<pre>`.
 */
export function formatExplanation({ key, result, baseline, lines, warning }: Explanation): string {
  const head = [`${key} → ${showResult(result)}`];
  if (baseline) head.push(`instead of ${showResult(baseline)}, without the change`);
  if (warning !== undefined) head.push(`cannot be evaluated: ${warning}`);
  const told = lines.filter(({ state, finding, ruleId }) => state === "decided" || finding || ruleId !== undefined);
  return [...head, ...told.flatMap((line) => showLine(line).map((text) => `  ${text}`))].join("\n");
}

function showResult({ value, variant, reason }: Evaluation): string {
  return `${show(value)}${variant === null ? "" : ` (variant ${variant})`}, ${reason}`;
}

function showLine({ state, name, ruleId, applies, finding, change }: ExplainedLine): string[] {
  const what = ruleId === undefined ? name.replaceAll("_", " ") : `rule ${ruleId}`;
  const verdict = state === "unreached" ? `not reached${applies ? ", would apply" : ""}` : state === "decided" ? "decided" : "";
  const found = finding ? showFinding(finding) : "";
  const text = [verdict, found].filter(Boolean).join(": ") || "did not apply";
  return [`${MARKS[state]} ${what}: ${text}`, ...(change !== undefined && state !== "unreached" ? [`    → ${change}`] : [])];
}

/** What was met, as `plan eq "pro", was "free" (conditions.all[0])`. */
function showFinding(finding: Finding): string {
  return `${describe(finding)}${finding.path && ` (${finding.path})`}`;
}

function describe(finding: Finding): string {
  switch (finding.kind) {
    case "comparison":
      return `${showDimension(finding.dimension)} ${finding.op} ${show(finding.expected ?? true)}, was ${showActual(finding)}`;
    case "bucket":
      return finding.bucket === undefined
        ? `there is no ${showDimension(finding.unit)}`
        : `bucket ${round(finding.bucket)} against ${showRanges(finding.ranges)}`;
    case "segment":
      return `segment ${show(finding.key)}${finding.because ? `: ${describe(finding.because)}` : ""}`;
    case "flag":
      return `flag ${show(finding.key)} answers ${finding.result ? show(finding.result.value) : "nothing"}`;
    case "elements":
      return `the elements of ${showDimension(finding.dimension ?? [])}, were ${show(finding.actual)}`;
    case "constant":
      return `always ${String(finding.held)}`;
  }
}

/** The time as text, as the definitions write it. */
function showActual({ dimension, actual }: ComparisonFinding): string {
  return dimension === "$now" && typeof actual === "number" ? show(new Date(actual)) : show(actual);
}
