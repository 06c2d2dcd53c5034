/** Random choices that a seed decides. */
export interface Seeded {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  below(bound: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Choices of somebody's own, which do not depend on what others have drawn meanwhile. */
  fork(name: string): Seeded;
}

/** mulberry32, of a number or a text. */
export function createSeeded(seed: string): Seeded {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
    fork: (name) => createSeeded(`${seed}/${name}`),
  };
}
