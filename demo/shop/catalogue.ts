export interface Coffee {
  readonly id: string;
  readonly name: string;
  readonly origin: string;
  readonly notes: string;
  /** In euros, for 250 g. */
  readonly price: number;
  /** Colours of the bag and of the body on its label. */
  readonly bag: string;
  readonly body: string;
  /** How far the orbits lean, in degrees. */
  readonly tilt: number;
  readonly moons: number;
}

/** Fifteen grams make a cup, and a bag holds 250. */
export const CUPS_A_BAG = 16;
export const SUBSCRIBER_DISCOUNT = 0.15;

export const COFFEES: readonly Coffee[] = [
  {
    id: "callisto",
    name: "Callisto",
    origin: "Huila, Colombia",
    notes: "Red plum, cocoa nib",
    price: 14.5,
    bag: "#7a2f22",
    body: "#f0b48a",
    tilt: -18,
    moons: 2,
  },
  {
    id: "europa",
    name: "Europa",
    origin: "Yirgacheffe, Ethiopia",
    notes: "Jasmine, bergamot",
    price: 16,
    bag: "#2f5d6b",
    body: "#e8efe6",
    tilt: 14,
    moons: 1,
  },
  {
    id: "titan",
    name: "Titan",
    origin: "Sumatra, Indonesia",
    notes: "Cedar, dark honey",
    price: 13.5,
    bag: "#3b3a2c",
    body: "#e3b84f",
    tilt: -6,
    moons: 3,
  },
  {
    id: "ariel",
    name: "Ariel",
    origin: "Nyeri, Kenya",
    notes: "Blackcurrant, tomato leaf",
    price: 17,
    bag: "#4b2d52",
    body: "#e7a6b8",
    tilt: 24,
    moons: 2,
  },
  {
    id: "phobos",
    name: "Phobos",
    origin: "Cerrado, Brazil",
    notes: "Hazelnut, toffee",
    price: 12,
    bag: "#8a5a2b",
    body: "#f4dcb4",
    tilt: -28,
    moons: 1,
  },
  {
    id: "rhea",
    name: "Rhea",
    origin: "Tarrazú, Costa Rica",
    notes: "Mandarin, panela",
    price: 15,
    bag: "#45603a",
    body: "#f1cf7a",
    tilt: 8,
    moons: 2,
  },
  {
    id: "umbriel",
    name: "Umbriel",
    origin: "Antigua, Guatemala",
    notes: "Dark chocolate, smoke",
    price: 14,
    bag: "#262a36",
    body: "#b9c1d6",
    tilt: -12,
    moons: 1,
  },
  {
    id: "io",
    name: "Io",
    origin: "Gedeb, Ethiopia",
    notes: "Strawberry, rose",
    price: 18,
    bag: "#b1512f",
    body: "#ffe1a8",
    tilt: 20,
    moons: 3,
  },
  {
    id: "miranda",
    name: "Miranda",
    origin: "Cajamarca, Peru (decaf)",
    notes: "Fig, brown sugar",
    price: 13,
    bag: "#5e6b73",
    body: "#f3e7d3",
    tilt: -22,
    moons: 1,
  },
];

export function euros(amount: number): string {
  return `€${amount.toFixed(2)}`;
}
