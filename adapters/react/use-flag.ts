import { useMemo } from "react";
import type { FlagKey, FlagResults, FlagValueOf, FlagValues, WhenRegistered } from "../../src/model/flag-registry";
import type { FlagResult, VariantResult } from "../../src/model/result";
import { toMissingResult } from "./initial-flags";
import { useProvided, useRolleaseStore } from "./provider";
import type { RolleaseState } from "./store";
import { suspendUntilReady } from "./suspend";
import { useImpression } from "./use-impression";

const find = ({ details }: RolleaseState, key: string): FlagResult | undefined =>
  Object.hasOwn(details, key) ? details[key] : undefined;

export interface UseFlagOptions {
  /**
   * Suspends, for a `<Suspense>` above to show its fallback, until the client has a ruleset or `ready()` has resolved without
   * one. Below a provider with `initialFlags` there is nothing to wait for. @defaultValue false
   */
  readonly suspend: boolean;
}

/** A registered flag that is missing has the value `undefined`, unless a default is given. */
type UseFlag = WhenRegistered<
  {
    <K extends FlagKey>(key: K, options?: UseFlagOptions): FlagResult<FlagValueOf<K> | undefined>;
    <K extends FlagKey>(key: K, defaultValue: FlagValueOf<K>, options?: UseFlagOptions): FlagResult<FlagValueOf<K>>;
  },
  {
    <T = unknown>(key: string, options: UseFlagOptions): FlagResult<T>;
    <T = unknown>(key: string, defaultValue?: T, options?: UseFlagOptions): FlagResult<T>;
  }
>;

type UseVariant = WhenRegistered<
  <K extends FlagKey>(key: K) => VariantResult<FlagValueOf<K> | undefined>,
  <T = unknown>(key: string) => VariantResult<T>
>;

/**
 * A flag's result. Re-renders when that result changes, and counts an impression once it is on the screen.
 * A missing flag is `defaultValue`, off, with the reason `default`; nothing is thrown. An object that holds `suspend` and
 * nothing else is taken for the options; a default that looks so is given with options after it.
 */
export const useFlag: UseFlag = <T>(key: string, ...given: readonly [unknown?, UseFlagOptions?]): FlagResult<T> => {
  const [defaultValue, options] = given.length < 2 && isOptions(given[0]) ? [undefined, given[0]] : given;
  const { client, store } = useProvided();
  if (options?.suspend && client && store.isWaiting()) suspendUntilReady(client);
  const found = useRolleaseStore((state) => find(state, key));
  useImpression(client, key, found?.variant ?? null, found?.value);
  return useMemo(() => {
    if (!found) return toMissingResult(key, defaultValue as T);
    return (found.value === undefined ? { ...found, value: defaultValue } : found) as FlagResult<T>;
  }, [found, key, defaultValue]);
};

function isOptions(given: unknown): given is UseFlagOptions {
  return (
    typeof given === "object" &&
    given !== null &&
    typeof (given as UseFlagOptions).suspend === "boolean" &&
    Object.keys(given).length === 1
  );
}

/** The variant that a flag serves: its key, null where none is served, and its value. Re-renders when either changes. */
export const useVariant: UseVariant = <T>(key: string): VariantResult<T> => {
  const variant = useRolleaseStore((state) => find(state, key)?.variant ?? null);
  const value = useRolleaseStore((state) => find(state, key)?.value);
  useImpression(useProvided().client, key, variant, value);
  return useMemo(() => ({ key: variant, value: value as T }), [variant, value]);
};

/** Every flag's value, by key. Re-renders when any result changes, and counts no impressions. */
export function useFlags(): Readonly<FlagValues> {
  return useRolleaseStore((state) => state.values);
}

/** Every flag's result, by key. Re-renders when any changes, and counts no impressions. */
export function useFlagDetails(): Readonly<FlagResults> {
  return useRolleaseStore((state) => state.details);
}
