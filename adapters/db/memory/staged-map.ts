/** A map with the changes of one transaction laid over it, which nobody else sees until `commit`. */
export interface StagedMap<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
  values(): IterableIterator<T>;
  commit(): void;
}

export function stageMap<T>(base: Map<string, T>): StagedMap<T> {
  const staged = new Map<string, T | undefined>();
  return {
    get: (key) => (staged.has(key) ? staged.get(key) : base.get(key)),
    set: (key, value) => void staged.set(key, value),
    delete: (key) => void staged.set(key, undefined),
    *values() {
      for (const [key, value] of base) if (!staged.has(key)) yield value;
      for (const value of staged.values()) if (value !== undefined) yield value;
    },
    commit() {
      for (const [key, value] of staged) {
        if (value === undefined) base.delete(key);
        else base.set(key, value);
      }
    },
  };
}
