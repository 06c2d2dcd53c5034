import type { ComponentType, ReactElement, ReactNode } from "react";
import type { FlagKey } from "../../src/model/flag-registry";
import { FeatureGate } from "./feature-gate";

export interface WithFlagOptions {
  /** Shown while the flag is off or missing. @defaultValue nothing */
  readonly fallback?: ReactNode;
}

/**
 * Makes a component that shows another to those for whom a flag is on.
 *
 * @example
 * const Checkout = withFlag("new-checkout", { fallback: <OldCheckout /> })(NewCheckout);
 */
export function withFlag(flag: FlagKey, { fallback }: WithFlagOptions = {}) {
  return <P extends object>(Component: ComponentType<P>): ComponentType<P> => {
    function Gated(props: P): ReactElement {
      return (
        <FeatureGate flag={flag} fallback={fallback}>
          <Component {...props} />
        </FeatureGate>
      );
    }
    Gated.displayName = `withFlag(${flag})(${Component.displayName ?? Component.name})`;
    return Gated;
  };
}
