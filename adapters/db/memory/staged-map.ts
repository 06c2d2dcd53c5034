import { own } from "./own";

/** A map with the changes of one transaction laid over it, which nobody else sees until `commit`. */
export interface StagedMap<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
  /** Puts what `change` answers in the place of each value; nothing for `undefined`. Answers how many are others now, or gone. */
  rewrite(change: (value: T) => T | undefined): number;
  /** In the order in which the keys were first set. */
  values(): IterableIterator<T>;
  commit(): void;
}

export function stageMap<T>(base: Map<string, T>): StagedMap<T> {
  const staged = new Map<string, T | undefined>();

  function* entries(): IterableIterator<[string, T]> {
    for (const [key, value] of base) {
      const seen = staged.has(key) ? staged.get(key) : value;
      if (seen !== undefined) yield [key, seen];
    }
    for (const [key, value] of staged) if (value !== undefined && !base.has(key)) yield [key, value];
  }

  return {
    get: (key) => (staged.has(key) ? staged.get(key) : base.get(key)),
    set: (key, value) => void staged.set(key, value),
    delete: (key) => void staged.set(key, undefined),
    rewrite(change) {
      const changed = [...entries()].flatMap(([key, value]) => {
        const next = change(value);
        return next === value ? [] : [[key, next] as const];
      });
      for (const [key, next] of changed) staged.set(key, own(next));
      return changed.length;
    },
    *values() {
      for (const [, value] of entries()) yield value;
    },
    commit() {
      for (const [key, value] of staged) {
        if (value === undefined) base.delete(key);
        else base.set(key, value);
      }
    },
  };
}
