/** The positions that a feed has stood at: every one since it began, but for those that it was carried past. */
export interface KnownPositions {
  has(seq: number): boolean;
  /** The oldest one. */
  oldest(): number;
  /** Steps to a later position. What lies between is not known. */
  step(seq: number): void;
  /** Forgets what lies before a position. */
  forgetBefore(seq: number): void;
}

/** Gaps that are remembered; a feed that is carried past commits more often than this forgets its oldest past. */
const MAX_GAPS = 1_000;

export function createKnownPositions(start: number): KnownPositions {
  let oldest = start;
  let newest = start;
  let gaps: (readonly [after: number, before: number])[] = [];

  function forgetBefore(seq: number): void {
    oldest = Math.max(oldest, seq);
    gaps = gaps.filter(([, before]) => before > oldest);
  }

  return {
    has: (seq) => seq >= oldest && seq <= newest && !gaps.some(([after, before]) => seq > after && seq < before),
    oldest: () => oldest,
    step(seq) {
      if (seq > newest + 1) gaps.push([newest, seq]);
      newest = seq;
      const excess = gaps[gaps.length - MAX_GAPS - 1];
      if (excess) forgetBefore(excess[1]);
    },
    forgetBefore,
  };
}
