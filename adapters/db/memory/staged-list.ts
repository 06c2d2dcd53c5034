import { own } from "./own";

/** Rows in the order in which they were added. */
export interface List<T> {
  rows: T[];
}

/** A list with the changes of one transaction laid over it, which nobody else sees until `commit`. */
export interface StagedList<T> {
  append(rows: readonly T[]): void;
  /** Puts what `change` answers in the place of each row; nothing for `undefined`. Answers how many rows are others now, or gone. */
  rewrite(change: (row: T) => T | undefined): number;
  newestFirst(): T[];
  commit(): void;
}

export function stageList<T>(base: List<T>): StagedList<T> {
  let added: T[] = [];
  let rewritten: T[] | undefined;
  const rows = (): T[] => (rewritten ?? base.rows).concat(added);
  return {
    append(more) {
      added = added.concat(more);
    },
    rewrite(change) {
      let changed = 0;
      rewritten = rows().flatMap((row) => {
        const next = change(row);
        if (next === row) return [row];
        changed++;
        return next === undefined ? [] : [own(next)];
      });
      added = [];
      return changed;
    },
    newestFirst: () => rows().reverse(),
    commit() {
      if (rewritten) base.rows = rows();
      else for (const row of added) base.rows.push(row);
    },
  };
}
