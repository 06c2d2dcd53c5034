import type { ReactElement } from "react";
import { useVariant } from "rollease/react";
import { CUPS_A_BAG, SUBSCRIBER_DISCOUNT, euros } from "./catalogue";

/** A price as the visitor's variant of `pricing-experiment` puts it. Each takes the same two lines. */
export function Price({ amount }: { amount: number }): ReactElement {
  const { value } = useVariant<string>("pricing-experiment");
  if (value === "per-cup") {
    return (
      <p className="price">
        <strong>{euros(amount / CUPS_A_BAG)}</strong> a cup
        <small>{euros(amount)} the bag</small>
      </p>
    );
  }
  if (value === "subscribe") {
    return (
      <p className="price">
        <strong>{euros(amount * (1 - SUBSCRIBER_DISCOUNT))}</strong> <s>{euros(amount)}</s>
        <small>when you subscribe</small>
      </p>
    );
  }
  return (
    <p className="price">
      <strong>{euros(amount)}</strong>
      <small>250 g, whole bean</small>
    </p>
  );
}
