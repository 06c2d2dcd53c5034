import type { RolleaseConfig } from "../server/config-types";

type OnEvaluate = NonNullable<NonNullable<RolleaseConfig["hooks"]>["onEvaluate"]>;

/** Counts evaluations by flag, on the way to whoever else wants to hear of them. */
export function createRecorder(next: OnEvaluate | undefined): {
  readonly onEvaluate: OnEvaluate;
  expectEvaluated(key: string, times?: number): void;
  forget(): void;
} {
  const counts = new Map<string, number>();
  return {
    onEvaluate(result, context) {
      counts.set(result.key, (counts.get(result.key) ?? 0) + 1);
      return next?.(result, context);
    },
    expectEvaluated(key, times) {
      const count = counts.get(key) ?? 0;
      if (times === undefined ? count > 0 : count === times) return;
      const wanted = times === undefined ? "to be evaluated" : `to be evaluated ${times} times`;
      const others = [...counts].map(([other, n]) => `${other} (${n})`).join(", ") || "none";
      throw new Error(`Expected the flag "${key}" ${wanted}; it was ${count} times. Evaluated flags: ${others}.`);
    },
    forget: () => counts.clear(),
  };
}
