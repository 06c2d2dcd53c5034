import type { Entry } from "./audience-feed";

/** The first entries of an ordered list, about `limit` of them, never ending inside a commit. */
export function takePage(entries: readonly Entry[], limit: number): readonly Entry[] {
  if (entries.length <= limit) return entries;
  const seqAt = (index: number): number | undefined => entries[index]?.change.seq;
  let end = limit;
  while (end > 0 && seqAt(end) === seqAt(end - 1)) end--;
  // A first commit that is larger than the limit goes out whole.
  if (end === 0) for (end = limit; end < entries.length && seqAt(end) === seqAt(end - 1);) end++;
  return entries.slice(0, end);
}
