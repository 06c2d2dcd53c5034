import type { ReactElement } from "react";
import { FeatureGate } from "rollease/react";
import { pay, useBasket } from "./basket";
import { euros } from "./catalogue";

function Summary(): ReactElement {
  const { bags, total, paid } = useBasket();
  if (paid) return <p className="basket-sum">Thank you. It leaves on Tuesday.</p>;
  return (
    <p className="basket-sum">
      {bags} {bags === 1 ? "bag" : "bags"} <strong>{euros(total)}</strong>
    </p>
  );
}

function ClassicCheckout(): ReactElement {
  const empty = useBasket(({ bags }) => bags === 0);
  return (
    <section className="tile" data-testid="shop-checkout" data-variant="classic">
      <h2>Your basket</h2>
      <Summary />
      <ol className="steps">
        <li aria-current="step">Basket</li>
        <li>Address</li>
        <li>Payment</li>
      </ol>
      <button type="button" className="button quiet" disabled={empty} onClick={pay}>
        Continue to address
      </button>
    </section>
  );
}

function ExpressCheckout(): ReactElement {
  const empty = useBasket(({ bags }) => bags === 0);
  return (
    <section className="tile express" data-testid="shop-checkout" data-variant="new">
      <h2>Your basket</h2>
      <Summary />
      <FeatureGate flag="gift-wrap" fallback={<p className="tile-line">To the address we know.</p>}>
        <label className="check" data-testid="shop-gift-wrap">
          <input type="checkbox" /> Wrap it as a gift
        </label>
      </FeatureGate>
      <button type="button" className="button" disabled={empty} onClick={pay}>
        Pay in one tap
      </button>
    </section>
  );
}

/** The old way or the new one, as `new-checkout` says. */
export function Checkout(): ReactElement {
  return (
    <FeatureGate flag="new-checkout" fallback={<ClassicCheckout />}>
      <ExpressCheckout />
    </FeatureGate>
  );
}
