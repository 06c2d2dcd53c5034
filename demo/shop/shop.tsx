import type { ReactElement } from "react";
import { useFlag } from "rollease/react";
import { SchemeToggle } from "../scheme-toggle";
import { Banner } from "./banner";
import { useBasket } from "./basket";
import { ChatWidget } from "./chat-widget";
import { Checkout } from "./checkout";
import { Hero } from "./hero";
import { ProductGrid } from "./product-grid";
import { PerksTile, SeasonTile } from "./tiles";

function SiteHeader(): ReactElement {
  const bags = useBasket((basket) => basket.bags);
  return (
    <header className="site-header">
      <a className="brand" href="#top" aria-label="Orrery Coffee">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <circle cx="16" cy="16" r="5" fill="currentColor" />
          <ellipse
            cx="16"
            cy="16"
            rx="14"
            ry="6"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.6"
            transform="rotate(-24 16 16)"
          />
        </svg>
        Orrery
      </a>
      <nav aria-label="Shop">
        <a href="#coffees">Coffee</a>
        <a href="#club">Club</a>
      </nav>
      <SchemeToggle />
      <span className="basket-count" aria-label={`${bags} bags in the basket`}>
        {bags}
      </span>
    </header>
  );
}

/** A shop whose every part asks a flag how to look. */
export function Shop(): ReactElement {
  const { value: accent } = useFlag("theme", "ember");
  return (
    <div className="shop" id="top" data-accent={accent} data-testid="shop-theme">
      <Banner />
      <SiteHeader />
      <main>
        <Hero />
        <div className="tiles">
          <Checkout />
          <SeasonTile />
          <PerksTile />
        </div>
        <ProductGrid />
      </main>
      <footer className="site-footer">Orrery Coffee is invented. The flags that draw it are real.</footer>
      <ChatWidget />
    </div>
  );
}
