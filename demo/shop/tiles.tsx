import type { ReactElement } from "react";
import { FeatureGate } from "rollease/react";

function Blossom(): ReactElement {
  return (
    <svg className="tile-art" viewBox="0 0 120 120" aria-hidden="true">
      {[0, 72, 144, 216, 288].map((angle) => (
        <ellipse key={angle} cx="60" cy="32" rx="16" ry="25" transform={`rotate(${angle} 60 60)`} className="petal" />
      ))}
      <circle cx="60" cy="60" r="11" className="pollen" />
    </svg>
  );
}

function Rings(): ReactElement {
  return (
    <svg className="tile-art faint" viewBox="0 0 120 120" aria-hidden="true">
      {[18, 32, 46, 59].map((radius) => (
        <circle key={radius} cx="60" cy="60" r={radius} />
      ))}
    </svg>
  );
}

/** What the season has to offer, on the dates of `spring-promo`. */
export function SeasonTile(): ReactElement {
  const usual = (
    <section className="tile" data-testid="shop-promo" data-on="false">
      <Rings />
      <h2>Roasted on Tuesday</h2>
      <p className="tile-line">One roast a week, each bag dated by hand.</p>
      <p className="tile-foot">Next roast in 3 days</p>
    </section>
  );
  return (
    <FeatureGate flag="spring-promo" fallback={usual}>
      <section className="tile spring" data-testid="shop-promo" data-on="true">
        <Blossom />
        <h2>Spring harvest</h2>
        <p className="tile-line">The first washed lots are in. A fifth off, while they last.</p>
        <p className="tile-foot">
          Code <code>BLOSSOM</code>
        </p>
      </section>
    </FeatureGate>
  );
}

/** For the segment `beta-testers`, by the rule of `vip-perks`. */
export function PerksTile(): ReactElement {
  const usual = (
    <section className="tile" data-testid="shop-perks" data-on="false">
      <Rings />
      <h2>The Orrery club</h2>
      <p className="tile-line">Early lots and free tastings, for nine euros a month.</p>
      <p className="tile-foot">
        <a href="#club">Have a look</a>
      </p>
    </section>
  );
  return (
    <FeatureGate flag="vip-perks" fallback={usual}>
      <section className="tile club" data-testid="shop-perks" data-on="true">
        <Rings />
        <h2>Welcome back, member</h2>
        <p className="tile-line">Lot 41, forty bags of Gesha, is open to you until Friday.</p>
        <p className="tile-foot">
          <a href="#lot-41">Reserve a bag</a>
        </p>
      </section>
    </FeatureGate>
  );
}
