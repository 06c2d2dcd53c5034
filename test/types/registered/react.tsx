import type { ReactElement } from "react";
import type { FlagResult, FlagResults, VariantResult } from "rollease";
import {
  FeatureGate,
  RolleaseProvider,
  useFlag,
  useFlagDetails,
  useFlags,
  useRollease,
  useRolleaseStore,
  useVariant,
} from "rollease/react";

export function EveryHookAnswersTheTypeOfTheKey(): null {
  exactly<FlagResult<number>>()(useFlag("max-items", 10));
  // Without a default, a flag that is not there has no value.
  exactly<FlagResult<number | undefined>>()(useFlag("max-items"));
  exactly<VariantResult<"control" | "one-page" | undefined>>()(useVariant("checkout"));
  exactly<boolean | undefined>()(useFlags()["dark-mode"]);
  exactly<FlagResult<boolean> | undefined>()(useFlagDetails()["dark-mode"]);
  exactly<number | undefined>()(useRolleaseStore(({ values }) => values["max-items"]));
  exactly<"control" | "one-page">()(useRollease().flag("checkout", "control"));
  return null;
}

export function AnUnknownKeyIsAnError(): null {
  // @ts-expect-error No such flag.
  useFlag("max-itms", 10);
  // @ts-expect-error No such flag.
  useFlag("max-itms");
  // @ts-expect-error No such flag.
  useVariant("check-out");
  // @ts-expect-error No such flag.
  void useFlags()["dark-mod"];
  // @ts-expect-error No such flag.
  void useFlagDetails()["dark-mod"];
  // @ts-expect-error No such flag.
  useRolleaseStore(({ details }) => void details["dark-mod"]);
  // @ts-expect-error No such flag.
  useRollease().flag("dark-mod", false);
  return null;
}

export function ADefaultOfAnotherTypeIsAnError(): null {
  // @ts-expect-error A number is wanted.
  useFlag("max-items", "ten");
  // @ts-expect-error No such variant.
  useFlag("checkout", "two-pages");
  return null;
}

export function Gates({ serverFlags }: { serverFlags: FlagResults }): ReactElement {
  return (
    <RolleaseProvider initialFlags={serverFlags}>
      <FeatureGate flag="dark-mode" fallback="light">
        dark
      </FeatureGate>
      <FeatureGate flag="max-items">{({ value }) => (exactly<number>()(value), value.toFixed())}</FeatureGate>
      {/* @ts-expect-error No such flag. */}
      <FeatureGate flag="dark-mod">dark</FeatureGate>
    </RolleaseProvider>
  );
}

/** What apps export is declared without a name of what the package keeps to itself. */
export const hooks = { useFlag, useFlagDetails, useFlags, useVariant, FeatureGate };
