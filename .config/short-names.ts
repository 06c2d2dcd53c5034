import type { Options } from "tsup";

/**
 * Properties that the engine alone has, and that nobody outside of it reads, or asks for as text: no minifier shortens a
 * property by itself. Each name always gets the same short one, so that `explain` of one copy of the library understands an evaluator of another.
 */
const SHORT_NAMES = {
  assigns: "$a",
  choose: "$c",
  homes: "$h",
  isAssigned: "$i",
  isBusy: "$b",
  isUsable: "$u",
  negated: "$n",
  predicate: "$p",
  refer: "$r",
  tail: "$t",
} as const;

/** Shortens the engine's own properties. */
export const shortenNames: NonNullable<Options["esbuildOptions"]> = (options) => {
  options.mangleProps = new RegExp(`^(${Object.keys(SHORT_NAMES).join("|")})$`);
  options.mangleCache = { ...SHORT_NAMES };
};
