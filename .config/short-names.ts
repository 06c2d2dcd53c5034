import type { Options } from "tsup";

/**
 * Properties that the engine alone has, or the parts of a client among themselves, and that nobody else reads, or asks for
 * as text: no minifier shortens a property by itself. Each name always gets the same short one, so that `explain` of one
 * copy of the library understands an evaluator of another.
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
  activity: "$m",
  adopt: "$A",
  campaign: "$C",
  carry: "$F",
  catchUp: "$U",
  dispatch: "$d",
  exclusively: "$e",
  farewell: "$f",
  hasRuleset: "$H",
  invalidate: "$I",
  misses: "$M",
  nextBoundary: "$N",
  onAlive: "$l",
  onAssigned: "$s",
  onBytes: "$y",
  onChanges: "$g",
  onCount: "$o",
  onEnd: "$E",
  onReset: "$R",
  onServerTime: "$T",
  onState: "$S",
  onStored: "$k",
  refs: "$w",
  resign: "$q",
  revision: "$V",
  slot: "$x",
  stickyUnits: "$v",
} as const;

/** Shortens the engine's own properties. */
export const shortenNames: NonNullable<Options["esbuildOptions"]> = (options) => {
  options.mangleProps = new RegExp(`^(${Object.keys(SHORT_NAMES).join("|")})$`);
  options.mangleCache = { ...SHORT_NAMES };
};
