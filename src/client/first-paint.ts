import { StorageError } from "../errors";
import type { StoredAssignment, StoredRuleset } from "../ports/local-store";
import type { SyncFacts } from "../replica/replica";

/** What a page needs to render right before anything asynchronous has happened. */
export interface FirstPaint {
  readonly ruleset: StoredRuleset;
  readonly assignments: readonly StoredAssignment[];
  readonly facts: SyncFacts;
}

/** `localStorage` holds about five million characters for a whole origin; a ruleset has no claim on more than this. */
const FIRST_PAINT_CHARACTERS = 2_000_000;

export interface FirstPaintCopy {
  /** Reads synchronously. Whatever is not such a copy, or is of another scope, counts as none. */
  read(take: (copy: FirstPaint) => void): void;
  /** Writes what there is when all that changes at the same time has changed; where that is nothing, there is no copy. */
  write(): void;
}

/** Keeps a copy in `localStorage`. A copy that does not fit is dropped, and that is told once. */
export function createFirstPaintCopy(
  key: string,
  scope: string,
  onError: (error: Error) => void,
  collect: () => FirstPaint | undefined,
): FirstPaintCopy {
  let told = false;
  let scheduled = false;
  function attempt(run: () => void): void {
    try {
      run();
    } catch (cause) {
      if (!told) onError(new StorageError(`localStorage failed: ${String(cause)}`, { cause }));
      told = true;
    }
  }
  return {
    read: (take) =>
      attempt(() => {
        const copy = JSON.parse(localStorage.getItem(key) ?? "null") as (FirstPaint & { readonly scope: string }) | null;
        if (copy?.scope === scope) take(copy);
      }),
    write() {
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(() => {
        scheduled = false;
        const copy = collect();
        attempt(() => {
          localStorage.removeItem(key);
          if (!copy) return;
          const text = JSON.stringify({ scope, ...copy });
          if (text.length > FIRST_PAINT_CHARACTERS) throw new RangeError("too long");
          localStorage.setItem(key, text);
        });
      });
    },
  };
}
