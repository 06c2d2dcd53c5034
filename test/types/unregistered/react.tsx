import type { ReactElement } from "react";
import type { FlagResult, VariantResult } from "rollease";
import type { RolleaseClient } from "rollease/client";
import { FeatureGate, RolleaseProvider, useFlag, useFlagDetails, useFlags, useVariant } from "rollease/react";
import type { FeatureGateProps } from "rollease/react";

export function Dashboard({ flag }: { flag: string }): ReactElement {
  const checkout = useFlag("new-checkout");
  exactly<FlagResult>()(checkout);
  const price = useVariant("pricing-exp");
  exactly<VariantResult>()(price);
  exactly<Readonly<Record<string, unknown>>>()(useFlags());
  exactly<Readonly<Record<string, FlagResult>>>()(useFlagDetails());
  return (
    <>
      {checkout.enabled && "new"}
      <p>Variant: {price.key}</p>
      <FeatureGate flag="beta-dashboard" fallback="old">
        new
      </FeatureGate>
      <FeatureGate flag={flag}>{(result) => (exactly<FlagResult>()(result), result.reason)}</FeatureGate>
    </>
  );
}

export function useTheTypeThatIsSaidOrThatOfTheDefault(): void {
  const said = useFlag<number>("max-items");
  exactly<FlagResult<number>>()(said);
  const inferred = useFlag("max-items", 6);
  exactly<FlagResult<number>>()(inferred);
  const variant = useVariant<string>("pricing-exp");
  exactly<VariantResult<string>>()(variant);
  // @ts-expect-error The default is of the type that was said.
  useFlag<number>("max-items", "ten");
}

export function Wrapped(props: FeatureGateProps): ReactElement {
  return <FeatureGate {...props} />;
}

export function App({ client }: { client: RolleaseClient }): ReactElement {
  return (
    <RolleaseProvider client={client} initialFlags={{ "new-checkout": true }}>
      <Dashboard flag="new-checkout" />
    </RolleaseProvider>
  );
}

/** What apps export is declared without a name of what the package keeps to itself. */
export const hooks = { useFlag, useFlagDetails, useFlags, useVariant, FeatureGate };
