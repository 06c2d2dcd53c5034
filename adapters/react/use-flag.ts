import { useMemo } from "react";
import type { FlagKey, FlagResults, FlagValueOf, FlagValues, WhenRegistered } from "../../src/model/flag-registry";
import type { FlagResult, VariantResult } from "../../src/model/result";
import { toMissingResult } from "./initial-flags";
import { useProvided, useRolleaseStore } from "./provider";
import type { RolleaseState } from "./store";
import { useImpression } from "./use-impression";

const find = ({ details }: RolleaseState, key: string): FlagResult | undefined =>
  Object.hasOwn(details, key) ? details[key] : undefined;

/** A registered flag that is missing has the value `undefined`, unless a default is given. */
type UseFlag = WhenRegistered<
  {
    <K extends FlagKey>(key: K, defaultValue: FlagValueOf<K>): FlagResult<FlagValueOf<K>>;
    <K extends FlagKey>(key: K): FlagResult<FlagValueOf<K> | undefined>;
  },
  <T = unknown>(key: string, defaultValue?: T) => FlagResult<T>
>;

type UseVariant = WhenRegistered<
  <K extends FlagKey>(key: K) => VariantResult<FlagValueOf<K> | undefined>,
  <T = unknown>(key: string) => VariantResult<T>
>;

/**
 * A flag's result. Re-renders when that result changes, and counts an impression once it is on the screen.
 * A missing flag is `defaultValue`, off, with the reason `default`; nothing is thrown.
 */
export const useFlag: UseFlag = <T>(key: string, defaultValue?: T): FlagResult<T> => {
  const found = useRolleaseStore((state) => find(state, key));
  useImpression(useProvided().client, key, found?.variant ?? null, found?.value);
  return useMemo(() => {
    if (!found) return toMissingResult(key, defaultValue as T);
    return (found.value === undefined ? { ...found, value: defaultValue } : found) as FlagResult<T>;
  }, [found, key, defaultValue]);
};

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
