/** A half-open range and what it stands for. */
export type Labelled<T> = readonly [start: number, end: number, of: T];

/**
 * The same ranges in ascending order and without overlap, as splits of rollease are: where several held a bucket, the one that
 * was named first holds it.
 */
export function disjoint<T>(ranges: readonly Labelled<T>[]): Labelled<T>[] {
  const clipped = ranges.map(([start, end, of]) => [Math.max(0, start), end, of] as const).filter(([start, end]) => start < end);
  const bounds = [...new Set(clipped.flatMap(([start, end]) => [start, end]))].sort((a, b) => a - b);
  const found: Labelled<T>[] = [];
  bounds.slice(1).forEach((end, i) => {
    const start = bounds[i] as number;
    const holder = clipped.find((each) => each[0] <= start && end <= each[1]);
    const last = found.at(-1);
    if (!holder) return;
    if (last && last[1] === start && last[2] === holder[2]) found[found.length - 1] = [last[0], end, holder[2]];
    else found.push([start, end, holder[2]]);
  });
  return found;
}
