import type { FlagContext } from "../../model/context";
import type { FlagManager } from "../types";

const SIZE = 1_000;

/** Contexts that were evaluated lately: the last one of each user, and different ones without a user. They leave this process by no way. */
export interface RecentContexts {
  /** On the path of every evaluation: looks at nothing but `userId`, and copies a context when it is another object than the last. */
  see(context: FlagContext): void;
  /** Knows nothing of a user any more. */
  forget(userId: string): void;
  /** At most as many as fit, those that came first first. */
  list(): readonly FlagContext[];
}

interface Seen {
  /** What was given, by which it is known again. */
  given: FlagContext;
  /** A copy: who calls may use one object for everybody. */
  copy: FlagContext;
  at: number;
}

export function createRecentContexts(size = SIZE): RecentContexts {
  // Two generations: when the young one is full, it becomes the old one. Taking single entries out of a map that others come
  // into all the time would cost ten times as much.
  let young = new Map<string, Seen>();
  let old = new Map<string, Seen>();
  // What is without a user is compared by content, which is done when somebody asks.
  const others: Seen[] = [];
  let next = 0;
  let last: Seen | undefined;
  let count = 0;

  function seeUser(userId: string, given: FlagContext): void {
    const seen = young.get(userId);
    if (seen?.given === given) return;
    if (seen) {
      seen.given = given;
      seen.copy = { ...given };
      seen.at = count++;
      return;
    }
    if (young.size >= size) {
      old = young;
      young = new Map();
    }
    young.set(userId, { given, copy: { ...given }, at: count++ });
  }

  function seeOther(given: FlagContext): void {
    if (last?.given === given) return;
    last = { given, copy: { ...given }, at: count++ };
    others[next++ % size] = last;
  }

  return {
    see(context) {
      if (typeof context !== "object" || context === null) return;
      if (typeof context.userId === "string") seeUser(context.userId, context);
      else seeOther(context);
    },
    forget(userId) {
      young.delete(userId);
      old.delete(userId);
    },
    list() {
      const distinct = new Map<unknown, Seen>();
      for (const seen of [...others].sort(byTime)) distinct.set(contentOf(seen.copy), seen);
      const users = new Map([...old, ...young]);
      const all = [...users.values(), ...distinct.values()].sort(byTime);
      return all.slice(-size).map(({ copy }) => copy);
    },
  };
}

function byTime(a: Seen, b: Seen): number {
  return a.at - b.at;
}

/** Text for a context that JSON can hold; one that it cannot is like no other. */
function contentOf(context: FlagContext): unknown {
  try {
    return JSON.stringify(context);
  } catch {
    return context;
  }
}

type Evaluation = Pick<FlagManager, "isEnabled" | "getValue" | "getVariant" | "evaluate" | "evaluateAll" | "evaluateAllDetailed">;

/** The same evaluation, which remembers whom it is for. */
export function remembering<E extends Evaluation>(evaluation: E, { see }: Pick<RecentContexts, "see">): E {
  const watched: Evaluation = {
    isEnabled(key, context) {
      see(context);
      return evaluation.isEnabled(key, context);
    },
    getValue(key, context, defaultValue) {
      see(context);
      return evaluation.getValue(key, context, defaultValue);
    },
    getVariant(key, context) {
      see(context);
      return evaluation.getVariant(key, context);
    },
    evaluate(key, context, options) {
      see(context);
      return evaluation.evaluate(key, context, options);
    },
    evaluateAll(context, options) {
      see(context);
      return evaluation.evaluateAll(context, options);
    },
    evaluateAllDetailed(context, options) {
      see(context);
      return evaluation.evaluateAllDetailed(context, options);
    },
  };
  return { ...evaluation, ...watched };
}
