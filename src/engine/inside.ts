/** Where `explain` finds what it needs. Known by name, so that a second copy of the library finds it, too. */
export const INSIDE = Symbol.for("rollease.inside");

/** What can be asked why: an evaluator, or a client. */
export interface Explainable {
  /** @internal */
  readonly [INSIDE]: object;
}
