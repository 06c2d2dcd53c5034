import type { FlagContext } from "rollease/client";
import { create } from "zustand";

export interface Visitor {
  readonly userId: string;
  readonly name: string;
  readonly country: string;
  readonly plan: "free" | "club";
  readonly beta: boolean;
}

export interface Persona extends Visitor {
  readonly about: string;
}

export const PERSONAS: readonly Persona[] = [
  { userId: "ada", name: "Ada", country: "NL", plan: "free", beta: false, about: "Utrecht" },
  { userId: "bjorn", name: "Bjørn", country: "NO", plan: "free", beta: false, about: "Bergen" },
  { userId: "chidi", name: "Chidi", country: "NG", plan: "club", beta: false, about: "Club" },
  { userId: "dana", name: "Dana", country: "US", plan: "free", beta: true, about: "Beta" },
];

export const COUNTRIES: Readonly<Record<string, string>> = {
  NL: "Netherlands",
  NO: "Norway",
  SE: "Sweden",
  NG: "Nigeria",
  US: "United States",
  JP: "Japan",
};

const STORAGE_KEY = "orrery:visitor";

/** This tab's visitor; a new tab starts with whoever was chosen last. */
function remembered(): Visitor {
  try {
    const text = sessionStorage.getItem(STORAGE_KEY) ?? localStorage.getItem(STORAGE_KEY);
    if (text) return { ...PERSONAS[0], ...(JSON.parse(text) as Visitor) };
  } catch {
    // Storage is blocked, or holds something else: the first persona then.
  }
  return PERSONAS[0] as Visitor;
}

export const useVisitor = create<Visitor>(remembered);

export function rememberVisitor(visitor: Visitor): void {
  useVisitor.setState(visitor, true);
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(visitor));
    localStorage.setItem(STORAGE_KEY, JSON.stringify(visitor));
  } catch {
    // The choice then lasts until the reload.
  }
}

export function newVisitor(): Visitor {
  const countries = Object.keys(COUNTRIES);
  const country = countries[Math.floor(Math.random() * countries.length)] as string;
  const userId = `guest-${crypto.randomUUID().slice(0, 8)}`;
  return { userId, name: "A new visitor", country, plan: "free", beta: false };
}

export function toContext({ userId, country, plan, beta }: Visitor): FlagContext {
  return { userId, attributes: { country, plan, beta } };
}
