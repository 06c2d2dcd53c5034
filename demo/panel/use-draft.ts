import { useRef, useState } from "react";

const SETTLE_MS = 120;

/**
 * A value that shows at once what is being entered, and is saved when the hand rests. What was saved shows again as
 * soon as the last save has ended, well or not.
 */
export function useDraft<T>(saved: T, save: (value: T) => Promise<void>): [value: T, change: (value: T) => void] {
  const [draft, setDraft] = useState<{ readonly value: T } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const turn = useRef(0);

  function change(value: T): void {
    const mine = ++turn.current;
    setDraft({ value });
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      void save(value).then(() => {
        if (mine === turn.current) setDraft(null);
      });
    }, SETTLE_MS);
  }

  return [draft ? draft.value : saved, change];
}
