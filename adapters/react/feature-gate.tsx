import type { ReactNode } from "react";
import type { FlagKey, FlagValueOf } from "../../src/model/flag-registry";
import type { FlagResult } from "../../src/model/result";
import { useFlag } from "./use-flag";

export interface FeatureGateProps<K extends FlagKey = FlagKey> {
  readonly flag: K;
  /** Shown while the flag is off or missing. @defaultValue nothing */
  readonly fallback?: ReactNode;
  /** Shown while the flag is on: enabled, with a truthy value. A function is given the result. */
  readonly children?: ReactNode | ((result: FlagResult<FlagValueOf<K>>) => ReactNode);
}

/** Shows its children to those for whom a flag is on. */
export function FeatureGate<K extends FlagKey>({ flag, fallback = null, children }: FeatureGateProps<K>): ReactNode {
  const result = useFlag<FlagValueOf<K>>(flag);
  if (!result.enabled || !result.value) return fallback;
  return typeof children === "function" ? children(result) : children;
}
