import { type FlagContext, FlagNotFoundError, type FlagProvider, type FlagStore, type FlagValue } from "rollease/feature-flag";

/** A provider that knows some flags and remembers what it was asked. */
export function provide(
  flags: Readonly<Record<string, unknown>>,
): FlagProvider & { readonly asked: [string, FlagContext | undefined][] } {
  const asked: [string, FlagContext | undefined][] = [];
  return {
    asked,
    async evaluate(key, context) {
      asked.push([key, context]);
      if (!(key in flags)) throw new FlagNotFoundError(key);
      return flags[key] as FlagValue;
    },
  };
}

export function store(flags: Readonly<Record<string, unknown>> = {}): FlagStore {
  const kept = new Map(Object.entries(flags));
  return {
    get: async <T>(flag: string) => (kept.get(flag) ?? null) as T | null,
    set: async (flag, value) => void kept.set(flag, value),
  };
}

export function breakDown(error: Error): FlagProvider {
  return { evaluate: () => Promise.reject(error) };
}
