import type { ReactElement } from "react";
import type { Coffee } from "./catalogue";

const ORBITS = [27, 38, 49];

/** A bag of coffee, with its own little planetary system on the label. */
export function Bag({ coffee }: { coffee: Coffee }): ReactElement {
  const { bag, body, tilt, moons, name } = coffee;
  return (
    <svg className="bag" viewBox="0 0 160 204" role="img" aria-label={`A bag of ${name}`}>
      <ellipse cx="80" cy="196" rx="56" ry="6" className="bag-shadow" />
      <path d="M28 30 Q80 24 132 30 L138 184 Q138 196 126 196 H34 Q22 196 22 184 Z" fill={bag} />
      <path d="M28 30 Q80 24 132 30 L134 50 Q80 44 26 50 Z" fill="#000" opacity=".18" />
      <path d="M30 12 Q80 8 130 12 L132 32 Q80 26 28 32 Z" fill={bag} />
      <path d="M30 12 Q80 8 130 12 L132 32 Q80 26 28 32 Z" fill="#fff" opacity=".12" />
      <path d="M22 184 L28 30 Q34 29 40 28.5 L37 196 H34 Q22 196 22 184 Z" fill="#fff" opacity=".08" />
      <g transform={`translate(80 104) rotate(${tilt})`} fill="none" stroke={body} strokeWidth="1.1">
        {ORBITS.map((radius, index) => (
          <ellipse key={radius} rx={radius} ry={radius * 0.42} opacity={0.75 - index * 0.18} />
        ))}
        {ORBITS.slice(0, moons).map((radius, index) => (
          <circle key={radius} r={3.4 - index * 0.6} cx={radius * (index % 2 ? -0.8 : 0.8)} cy={radius * 0.252} fill={body} />
        ))}
        <circle r="14" fill={body} stroke="none" />
        <path d="M-14 0 A14 14 0 0 0 14 0 A19 12 0 0 1 -14 0" fill="#000" opacity=".14" stroke="none" />
      </g>
      <text x="80" y="170" textAnchor="middle" className="bag-name" fill={body}>
        {name.toUpperCase()}
      </text>
      <text x="80" y="182" textAnchor="middle" className="bag-weight" fill={body}>
        ORRERY · 250 G
      </text>
    </svg>
  );
}
