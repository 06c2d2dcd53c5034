import { type ValidationIssue, ValidationError } from "../errors";
import type { Flag } from "../model/flag";
import { type Reference, referencesOf } from "../model/references";
import type { Layer, Segment } from "../model/segment";
import type { DatabaseTransaction } from "../ports/database-adapter";

/** A definition as it is to be. */
export type Candidate =
  | { readonly kind: "flag"; readonly key: string; readonly doc: Pick<Flag, "rules" | "prerequisites"> }
  | { readonly kind: "segment"; readonly key: string; readonly doc: Pick<Segment, "rules"> };

/** Definitions by their keys, which nobody else changes until the transaction ends. */
interface Locks {
  lockFlags(keys: readonly string[]): Promise<readonly Flag[]>;
  lockSegments(keys: readonly string[]): Promise<readonly Segment[]>;
}

/** The state in which these are as they are to be. Each of the others is locked and read once. */
export function withChanges(tx: Locks, flags: readonly Flag[], segments: readonly Segment[] = []): Locks {
  return {
    lockFlags: reading(flags, (keys) => tx.lockFlags(keys)),
    lockSegments: reading(segments, (keys) => tx.lockSegments(keys)),
  };
}

function reading<T extends { readonly key: string }>(
  known: readonly T[],
  lock: (keys: readonly string[]) => Promise<readonly T[]>,
): (keys: readonly string[]) => Promise<readonly T[]> {
  const seen = new Map<string, T | undefined>(known.map((doc) => [doc.key, doc]));
  return async (keys) => {
    const missing = keys.filter((key) => !seen.has(key));
    const locked = new Map((await lock(missing)).map((doc) => [doc.key, doc]));
    for (const key of missing) seen.set(key, locked.get(key));
    return keys.flatMap((key) => seen.get(key) ?? []);
  };
}

const idOf = ({ kind, key }: Pick<Reference, "kind" | "key">): string => `${kind}:${key}`;

/**
 * Checks what a definition newly refers to: that it exists, and that no way leads from there back. Locks every
 * definition on the way, so that nobody deletes one, or closes a cycle from the other side, at the same time.
 *
 * @throws ValidationError that names the reference
 */
export async function checkReferences(tx: Locks, candidate: Candidate, before: Candidate["doc"] | undefined): Promise<void> {
  const known = new Set(before ? referencesOf(before).map(idOf) : []);
  const added = referencesOf(candidate.doc).filter((reference) => !known.has(idOf(reference)));
  const found = await lockReachable(tx, candidate, added);
  const issues: ValidationIssue[] = [];
  const visited = new Set<string>();

  for (const reference of added) {
    const { path, kind, key, loose } = reference;
    if (!visit(reference, []) && !loose) issues.push({ path, message: `there is no ${kind} "${key}"` });
  }
  if (issues.length > 0) throw new ValidationError(issues);

  /** Answers whether the definition exists. */
  function visit(reference: Reference, way: readonly Reference[]): boolean {
    const here = [...way, reference];
    if (idOf(reference) === idOf(candidate)) {
      const names = [candidate, ...here].map(({ kind, key }) => `${kind} "${key}"`);
      throw new ValidationError([{ path: (here[0] as Reference).path, message: `makes a cycle: ${names.join(" needs ")}` }]);
    }
    if (visited.has(idOf(reference))) return true;
    const doc = found.get(idOf(reference));
    if (!doc) return false;
    visited.add(idOf(reference));
    for (const next of referencesOf(doc)) visit(next, here);
    return true;
  }
}

/** Step by step away from the candidate, all of one step at once. */
async function lockReachable(
  tx: Locks,
  candidate: Candidate,
  from: readonly Reference[],
): Promise<ReadonlyMap<string, Candidate["doc"]>> {
  const found = new Map<string, Candidate["doc"]>();
  const asked = new Set([idOf(candidate)]);
  for (let step = from; step.length > 0;) {
    const wanted = step.filter((reference) => !asked.has(idOf(reference)));
    for (const reference of wanted) asked.add(idOf(reference));
    const keysOf = (kind: Reference["kind"]): string[] => wanted.filter((one) => one.kind === kind).map(({ key }) => key);
    const flags = await tx.lockFlags(keysOf("flag"));
    const segments = await tx.lockSegments(keysOf("segment"));
    for (const flag of flags) found.set(idOf({ kind: "flag", key: flag.key }), flag);
    for (const segment of segments) found.set(idOf({ kind: "segment", key: segment.key }), segment);
    step = [...flags, ...segments].flatMap((doc) => referencesOf(doc));
  }
  return found;
}

/** Refuses to take away what another definition needs. @throws ValidationError that names who does */
export async function assertUnused(tx: DatabaseTransaction, kind: "flag" | "segment", key: string): Promise<void> {
  const { flags, segments, layers } = await tx.definitions();
  const needs = (doc: Candidate["doc"]): boolean => referencesOf(doc).some((one) => one.kind === kind && one.key === key);
  const isOther = (one: "flag" | "segment") => (doc: { readonly key: string }) => one !== kind || doc.key !== key;
  const holds = ({ allocations }: Layer): boolean => kind === "flag" && allocations.some(({ flagKey }) => flagKey === key);
  const named = (one: string, docs: readonly { readonly key: string }[]): string[] =>
    docs.map((doc) => `${one} "${doc.key}"`).sort();
  const users = [
    ...named("flag", flags.filter(isOther("flag")).filter(needs)),
    ...named("segment", segments.filter(isOther("segment")).filter(needs)),
    ...named("layer", layers.filter(holds)),
  ];
  if (users.length > 0)
    throw new ValidationError([{ path: "key", message: `the ${kind} "${key}" is in use by ${users.join(", ")}` }]);
}
