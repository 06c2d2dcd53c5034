export interface Watchers {
  /** Calls `listener` whenever `look` finds something else than before. Answers a function that stops. */
  watch<T>(look: () => T, listener: (found: T) => void): () => void;
  /** Looks again, for every listener. */
  check(): void;
}

/** Listeners that cannot disturb each other: one that throws is told of, and the next is called. */
export function createWatchers(onError: (error: unknown) => void): Watchers {
  const checks = new Set<() => void>();
  return {
    watch(look, listener) {
      let last = look();
      const check = (): void => {
        const now = look();
        if (now === last) return;
        last = now;
        listener(now);
      };
      checks.add(check);
      return () => void checks.delete(check);
    },
    check() {
      for (const check of [...checks]) {
        try {
          check();
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
