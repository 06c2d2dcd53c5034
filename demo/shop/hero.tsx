import type { ReactElement } from "react";
import { useVariant } from "rollease/react";

const LINES: Readonly<Record<string, string>> = {
  standard: "Nine single origins, roasted every Tuesday and posted the same afternoon.",
  "per-cup": "A remarkable cup at your own table, from seventy-five cents.",
  subscribe: "Subscribe, skip whenever you like, and pay fifteen per cent less.",
};

/** The opening, whose line belongs to the visitor's variant of `pricing-experiment`. */
export function Hero(): ReactElement {
  const { value } = useVariant<string>("pricing-experiment");
  return (
    <section className="hero" data-testid="shop-hero">
      <div className="hero-words">
        <p className="eyebrow">Small-batch roastery</p>
        <h1>
          Coffee, in its
          <br />
          right orbit.
        </h1>
        <p className="hero-line">{LINES[value] ?? LINES.standard}</p>
        <a className="button" href="#coffees">
          Find your cup
        </a>
      </div>
      <Orrery />
    </section>
  );
}

function Orrery(): ReactElement {
  return (
    <svg className="orrery" viewBox="0 0 400 400" aria-hidden="true">
      {[70, 110, 150, 190].map((radius) => (
        <circle key={radius} cx="200" cy="200" r={radius} className="orbit" />
      ))}
      <g transform="rotate(28 200 200)">
        <ellipse cx="200" cy="200" rx="33" ry="44" className="sun" />
        <path d="M200 157 C180 186 220 214 200 243" className="bean" />
      </g>
      <g className="planet slow">
        <circle cx="310" cy="200" r="13" fill="#7a4a2b" />
      </g>
      <g className="planet slower">
        <circle cx="200" cy="50" r="19" fill="#3d6b6f" />
        <ellipse cx="200" cy="50" rx="30" ry="8" className="ring" />
      </g>
      <g className="planet fast">
        <circle cx="130" cy="200" r="8" fill="#c99a3f" />
      </g>
      <g className="planet slowest">
        <circle cx="335" cy="335" r="10" fill="#6b5876" />
      </g>
    </svg>
  );
}
