export interface Listeners<T> {
  /** Answers a function that takes the listener out again. */
  add(listener: (value: T) => void): () => void;
  tell(value: T): void;
}

/** Listeners that cannot disturb each other: one that throws is told of, and the next is called. */
export function createListeners<T = void>(onError: (error: Error) => void): Listeners<T> {
  const listeners = new Set<{ readonly listener: (value: T) => void }>();
  return {
    add(listener) {
      // The same function may listen twice.
      const entry = { listener };
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    tell(value) {
      for (const { listener } of [...listeners]) {
        try {
          listener(value);
        } catch (error) {
          onError(error as Error);
        }
      }
    },
  };
}
