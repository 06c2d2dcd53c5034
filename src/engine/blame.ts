import type { Bucketing, Condition, Leaf, Range } from "../model/condition";
import type { Finding } from "../model/explanation";
import type { Evaluation } from "../model/result";
import { attempt } from "./attempt";
import { compileBucketing } from "./bucketing";
import { compileCondition } from "./conditions";
import { compileDimension } from "./dimension";
import { lowerCondition } from "./lower-condition";
import type { Ruleset } from "./ruleset";
import { withRoot, type Session } from "./session";

/** Where a condition is evaluated. */
export interface Setting {
  readonly ruleset: Ruleset;
  readonly session: Session;
  /** Names mean properties of `session.root`, in place of the context's. */
  readonly inRoot: boolean;
}

type Core = ReturnType<typeof lowerCondition>;

/** A group of conditions, as the core has it. */
export interface Group {
  readonly name: "all" | "any" | "none";
  readonly children: readonly Condition[];
  /** Where a child stands. What a comparison was lowered to stands where the comparison does. */
  path(child: number): string;
}

/** The first condition that the verdict of a tree rests on: one that is no group. */
export function blame(written: Condition, path: string, at: Setting): Finding {
  const group = groupOf(written, path);
  if (!group) return { ...find(lowerCondition(written), at), path, held: holds(written, at) } as Finding;
  const { name, children } = group;
  const decisive = children.findIndex((child) => holds(child, at) === (name !== "all"));
  const i = Math.max(decisive, 0);
  const child = children[i];
  return child === undefined ? { kind: "constant", path, held: name !== "any" } : blame(child, group.path(i), at);
}

/** Whether a condition holds. One that cannot be evaluated, which nothing asked for so far, does not. */
export function holds(condition: Condition, { ruleset, session, inRoot }: Setting): boolean {
  return attempt(() => compileCondition(condition, ruleset, "", inRoot)(session)) ?? false;
}

export function groupOf(written: Condition, path: string): Group | undefined {
  const core = lowerCondition(written) as { readonly [name in Group["name"]]?: readonly Condition[] };
  const isLowered = typeof written === "object" && !Object.keys(written).some((name) => name in core);
  for (const name of ["all", "any", "none"] as const) {
    const children = core[name];
    if (children) return { name, children, path: (i) => (isLowered ? path : `${path}.${name}[${i}]`) };
  }
  return undefined;
}

function find(core: Core, at: Setting): Partial<Finding> {
  const { ruleset, session, inRoot } = at;
  if ("segment" in core) {
    const rules = ruleset.segments.get(core.segment)?.doc?.rules[0]?.conditions;
    const because = rules === undefined ? undefined : blame(rules, "rules", { ...at, inRoot: false });
    return { kind: "segment", key: core.segment, because };
  }
  if ("flag" in core) return findInFlag(core.flag, core.where, at);
  if ("bucket" in core) return findBucket(core.bucket, core.in, at);
  if ("error" in core) return { kind: "constant" };
  const { dimension, op, value } = core as Leaf;
  const actual = compileDimension(dimension, inRoot)(session);
  if ("some" in core) return { kind: "elements", dimension, actual };
  const { ref } = (value ?? {}) as { readonly ref?: Leaf["dimension"] };
  const expected = ref === undefined ? value : compileDimension(ref, inRoot)(session);
  return { kind: "comparison", dimension, op, expected, actual };
}

function findInFlag(key: string, where: Condition, at: Setting): Partial<Finding> {
  const found = at.ruleset.refer(at.ruleset.slot("flag", key), at.session);
  if (!found) return { kind: "flag", key };
  const { value, variant, enabled, reason } = found;
  const because = inResult(found, at, (inFlag) => blame(where, "where", inFlag));
  return { kind: "flag", key, result: { value, variant, enabled, reason }, because };
}

/** Looks at something in another flag's result. */
export function inResult<T>(result: Evaluation, at: Setting, work: (inFlag: Setting) => T): T {
  return withRoot(at.session, result, () => work({ ...at, inRoot: true }));
}

/** Where a unit is, against where it should be, or should not. */
export function findBucket(
  by: Bucketing,
  ranges: readonly Range[],
  { ruleset, session, inRoot }: Setting,
): Partial<Finding> & { readonly bucket: number | undefined } {
  const bucket = compileBucketing(by, ruleset.options, inRoot)(session);
  return {
    kind: "bucket",
    unit: by.unit,
    bucket: Number.isNaN(bucket) ? undefined : bucket,
    ranges: ranges.map(([start, end]) => [start, end]),
  };
}
