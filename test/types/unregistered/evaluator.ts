import { createEvaluator } from "rollease";
import type { Evaluation, FlagKey, FlagResult, FlagResults, FlagValueOf, FlagValues, Snapshot } from "rollease";

const context = { userId: "alice" };

export function anyKeyIsTaken(snapshot: Snapshot, key: string): void {
  const { evaluate, evaluateAll } = createEvaluator(snapshot);
  const traced = evaluate("pricing-experiment", context, { trace: true });
  exactly<Evaluation>()(traced);
  exactly<Evaluation>()(evaluate(key, context));
  exactly<Record<string, Evaluation>>()(evaluateAll(context));
}

export function theCallerSaysTheTypeOrTheDefaultDoes(snapshot: Snapshot): void {
  const { evaluate } = createEvaluator(snapshot);
  const said = evaluate<number>("max-items", context);
  exactly<Evaluation<number>>()(said);
  const inferred = evaluate("max-items", context, { defaultValue: 10 });
  exactly<Evaluation<number>>()(inferred);
  const wanted: Evaluation<string> = evaluate("theme", context);
  exactly<Evaluation<string>>()(wanted);
  // @ts-expect-error The default is of the type that was said.
  evaluate<number>("max-items", context, { defaultValue: "ten" });
}

export function theTypesSayNothing(
  key: FlagKey,
  value: FlagValueOf<"max-items">,
  values: FlagValues,
  results: FlagResults,
): void {
  exactly<string>()(key);
  exactly<unknown>()(value);
  exactly<Record<string, unknown>>()(values);
  exactly<Record<string, FlagResult>>()(results);
}
