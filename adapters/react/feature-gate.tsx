import type { ReactNode } from "react";
import type { FlagResult } from "../../src/model/result";
import { useFlag } from "./use-flag";

export interface FeatureGateProps {
  readonly flag: string;
  /** Shown while the flag is off or missing. @defaultValue nothing */
  readonly fallback?: ReactNode;
  /** Shown while the flag is on: enabled, with a truthy value. A function is given the result. */
  readonly children?: ReactNode | ((result: FlagResult) => ReactNode);
}

/** Shows its children to those for whom a flag is on. */
export function FeatureGate({ flag, fallback = null, children }: FeatureGateProps): ReactNode {
  const result = useFlag(flag);
  if (!result.enabled || !result.value) return fallback;
  return typeof children === "function" ? children(result) : children;
}
