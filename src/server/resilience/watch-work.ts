import type { DatabaseTransaction } from "../../ports/database-adapter";
import { ANSWERED, type Failure, judgeFailure } from "./judge-failure";
import { watchCalls } from "./watch-calls";

/** Knows of a transaction that failed who was to blame, and whether it can have been committed. */
export function watchWork<T>(work: (tx: DatabaseTransaction) => Promise<T>): {
  work(tx: DatabaseTransaction): Promise<T>;
  judge(error: unknown): Failure;
} {
  const ofStatements = new Set<unknown>();
  let phase: "before" | "within" | "refused" | "committing" = "before";
  return {
    async work(tx) {
      phase = "within";
      try {
        const result = await work(watchCalls(tx, (_, answer) => void answer.catch((error: unknown) => ofStatements.add(error))));
        phase = "committing";
        return result;
      } catch (error) {
        if (!ofStatements.has(error)) phase = "refused";
        throw error;
      }
    },
    judge(error) {
      if (phase === "refused") return ANSWERED;
      const failure = judgeFailure(error);
      // Nobody has asked for a commit.
      return phase === "committing" ? failure : { ...failure, undone: true };
    },
  };
}
