import { type ValidationIssue, ValidationError } from "../errors";
import type { Flag } from "../model/flag";
import { type Reference, referencesOf } from "../model/references";
import type { Segment } from "../model/segment";
import type { DatabaseTransaction } from "../ports/database-adapter";

/** A definition as it is to be. */
export type Candidate =
  | { readonly kind: "flag"; readonly key: string; readonly doc: Pick<Flag, "rules" | "prerequisites"> }
  | { readonly kind: "segment"; readonly key: string; readonly doc: Pick<Segment, "rules"> };

const idOf = ({ kind, key }: Pick<Reference, "kind" | "key">): string => `${kind}:${key}`;

/**
 * Checks what a definition newly refers to: that it exists, and that no way leads from there back. Locks every
 * definition on the way, so that nobody deletes one, or closes a cycle from the other side, at the same time.
 *
 * @throws ValidationError that names the reference
 */
export async function checkReferences(
  tx: DatabaseTransaction,
  candidate: Candidate,
  before: Candidate["doc"] | undefined,
): Promise<void> {
  const known = new Set(before ? referencesOf(before).map(idOf) : []);
  const added = referencesOf(candidate.doc).filter((reference) => !known.has(idOf(reference)));
  const issues: ValidationIssue[] = [];
  const visited = new Set<string>();

  for (const reference of added) {
    const { path, kind, key, loose } = reference;
    if (!(await visit(reference, [])) && !loose) issues.push({ path, message: `there is no ${kind} "${key}"` });
  }
  if (issues.length > 0) throw new ValidationError(issues);

  /** Answers whether the definition exists. */
  async function visit(reference: Reference, way: readonly Reference[]): Promise<boolean> {
    const here = [...way, reference];
    if (idOf(reference) === idOf(candidate)) {
      const names = [candidate, ...here].map(({ kind, key }) => `${kind} "${key}"`);
      throw new ValidationError([{ path: (here[0] as Reference).path, message: `makes a cycle: ${names.join(" needs ")}` }]);
    }
    if (visited.has(idOf(reference))) return true;
    const { kind, key } = reference;
    const doc = kind === "flag" ? await tx.lockFlag(key) : await tx.lockSegment(key);
    if (!doc) return false;
    visited.add(idOf(reference));
    for (const next of referencesOf(doc)) await visit(next, here);
    return true;
  }
}

/** Refuses to take away what another definition needs. @throws ValidationError that names who does */
export async function assertUnused(tx: DatabaseTransaction, kind: "flag" | "segment", key: string): Promise<void> {
  const { items: flags } = await tx.flags({ limit: Number.MAX_SAFE_INTEGER });
  const needs = (doc: Candidate["doc"]): boolean => referencesOf(doc).some((one) => one.kind === kind && one.key === key);
  const layers = kind === "flag" ? await tx.layers() : [];
  const users = [
    ...flags
      .filter((flag) => flag.key !== key || kind !== "flag")
      .filter(needs)
      .map((flag) => `flag "${flag.key}"`),
    ...(await tx.segments())
      .filter((segment) => segment.key !== key || kind !== "segment")
      .filter(needs)
      .map((one) => `segment "${one.key}"`),
    ...layers.filter(({ allocations }) => allocations.some(({ flagKey }) => flagKey === key)).map((one) => `layer "${one.key}"`),
  ];
  if (users.length > 0)
    throw new ValidationError([{ path: "key", message: `the ${kind} "${key}" is in use by ${users.join(", ")}` }]);
}
