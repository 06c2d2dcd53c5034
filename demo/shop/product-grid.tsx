import type { ReactElement } from "react";
import { useFlag, useVariant } from "rollease/react";
import { Bag } from "./bag";
import { addToBasket } from "./basket";
import { COFFEES } from "./catalogue";
import type { Coffee } from "./catalogue";
import { Price } from "./price";

function Product({ coffee }: { coffee: Coffee }): ReactElement {
  return (
    <li className="product">
      <Bag coffee={coffee} />
      <h3>{coffee.name}</h3>
      <p className="product-notes">
        {coffee.notes}
        <small>{coffee.origin}</small>
      </p>
      <div className="product-buy">
        <Price amount={coffee.price} />
        <button type="button" className="add" aria-label={`Add ${coffee.name} to the basket`} onClick={() => addToBasket(coffee)}>
          +
        </button>
      </div>
    </li>
  );
}

/** As many coffees as `max-items` says, priced as `pricing-experiment` says. */
export function ProductGrid(): ReactElement {
  const { value } = useFlag("max-items", 6);
  const pricing = useVariant<string>("pricing-experiment");
  const shown = COFFEES.slice(0, Math.max(0, value));
  return (
    <section aria-labelledby="coffees" data-testid="shop-pricing" data-variant={pricing.key ?? "none"}>
      <div className="section-head">
        <h2 id="coffees">In orbit this week</h2>
        <p>
          {shown.length} of {COFFEES.length} coffees
        </p>
      </div>
      <ul className="products" data-testid="shop-products" data-count={shown.length}>
        {shown.map((coffee) => (
          <Product key={coffee.id} coffee={coffee} />
        ))}
      </ul>
    </section>
  );
}
