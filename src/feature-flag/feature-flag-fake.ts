import type { FlagValue } from "./types";

/** Flags in memory that remember who was asked for. */
export class FeatureFlagFake {
  readonly #values: Map<string, FlagValue>;
  readonly #checked = new Set<string>();

  constructor(flags: Readonly<Record<string, FlagValue>>) {
    this.#values = new Map(Object.entries(flags));
  }

  /** Answers null for a flag that is not there; it counts as checked, too. */
  async get<T extends FlagValue>(flag: string): Promise<T | null> {
    this.#checked.add(flag);
    return this.peek(flag) as T | null;
  }

  async set<T extends FlagValue>(flag: string, value: T): Promise<void> {
    this.#values.set(flag, value);
  }

  /** Like `get`, without counting as a check. */
  peek(flag: string): FlagValue | null {
    return this.#values.get(flag) ?? null;
  }

  wasChecked(flag: string): boolean {
    return this.#checked.has(flag);
  }

  /** Every flag that was checked, in the order of its first check. */
  checkedFlags(): readonly string[] {
    return [...this.#checked];
  }
}
