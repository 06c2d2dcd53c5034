import { createEvaluator, evaluateFlag } from "rollease";
import type { Evaluation, Flag, FlagKey, FlagValueOf, FlagValues, Snapshot } from "rollease";

type AnyValue = number | boolean | "control" | "one-page" | { readonly text: string };

const context = { userId: "u1" };

export function evaluatorAnswersTheTypeOfTheKey(snapshot: Snapshot): void {
  const { evaluate, evaluateAll } = createEvaluator(snapshot);
  exactly<Evaluation<number>>()(evaluate("max-items", context));
  exactly<Evaluation<boolean>>()(evaluate("dark-mode", context, { trace: true }));
  exactly<Evaluation<"control" | "one-page">>()(evaluate("checkout", context, { defaultValue: "control" }));
  exactly<number | undefined>()(evaluateAll(context)["max-items"]?.value);

  // @ts-expect-error No such flag.
  evaluate("max-itms", context);
  // @ts-expect-error No such variant.
  evaluate("checkout", context, { defaultValue: "two-pages" });
  // @ts-expect-error The registry says what type it is.
  evaluate<number>("max-items", context);
  // @ts-expect-error No such flag.
  void evaluateAll(context)["max-itms"];
}

export function aKeyKnownAtRunTimeAloneIsVouchedFor(snapshot: Snapshot): void {
  const evaluator = createEvaluator(snapshot);
  for (const key of evaluator.keys()) {
    exactly<Evaluation<AnyValue>>()(evaluator.evaluate(key as FlagKey, context));
    exactly<AnyValue | undefined>()(evaluator.evaluateAll(context)[key as FlagKey]?.value);
    // @ts-expect-error It may be any text.
    evaluator.evaluate(key, context);
  }
}

export function aFlagByItselfNeedsNoRegistration(flag: Flag): void {
  exactly<Evaluation>()(evaluateFlag(flag, context));
  exactly<Evaluation<string>>()(evaluateFlag<string>(flag, context));
}

export function whatAppsWrapIsTypedToo<K extends FlagKey>(
  snapshot: Snapshot,
  key: K,
  defaultValue: FlagValueOf<K>,
): FlagValueOf<K> {
  return createEvaluator(snapshot).evaluate(key, context, { defaultValue }).value;
}

export const known: FlagValues = { "max-items": 1, checkout: "control" };

export function theTypesSayWhatIsRegistered(key: FlagKey, value: FlagValueOf<"dark-mode">): void {
  exactly<"max-items" | "dark-mode" | "checkout" | "banner">()(key);
  exactly<boolean>()(value);
}
