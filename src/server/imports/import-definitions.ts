import { deepEqual } from "../../engine/deep-equal";
import { FlagLockedError, ValidationError, type ValidationIssue } from "../../errors";
import type { DefinitionKind } from "../../model/definition";
import type { Flag } from "../../model/flag";
import type { Layer, Segment } from "../../model/segment";
import type { DatabaseTransaction } from "../../ports/database-adapter";
import type { CheckEvaluable } from "../check-evaluable";
import { checkReferences, withChanges } from "../check-references";
import type { Settings } from "../config";
import { livesIn } from "../environment";
import type { Mutate, Written } from "../mutate";
import type { FlagManager, ImportResult } from "../types";
import { assertNone, locating, type Parsed, type ParsedImport, parseImport } from "./parse-import";

/** A definition that the import makes or changes. */
interface Change<T> {
  readonly path: string;
  readonly before: T | undefined;
  readonly after: T;
}

interface Changes {
  readonly flags: readonly Change<Flag>[];
  readonly segments: readonly Change<Segment>[];
  readonly layers: readonly Change<Layer>[];
}

export function createImportOperations(
  settings: Settings,
  mutate: Mutate,
  check: CheckEvaluable,
): Pick<FlagManager, "importDefinitions"> {
  return {
    importDefinitions: (input, options) =>
      mutate({
        action: "import",
        key: "*",
        options,
        async prepare() {
          const parsed = await parseImport(input, settings, check);
          return (tx, at) => write(tx, at, parsed, settings.environment);
        },
      }),
  };
}

async function write(
  tx: DatabaseTransaction,
  at: string,
  parsed: ParsedImport,
  environment: string | undefined,
): Promise<Written<ImportResult>> {
  const changes: Changes = {
    flags: changesOf(parsed.flags, await lockFlags(tx, [...parsed.flags.keys()], environment), at),
    segments: changesOf(parsed.segments, await lockEach(parsed.segments, (key) => tx.lockSegment(key)), at),
    layers: changesOf(parsed.layers, await lockEach(parsed.layers, (key) => tx.lockLayer(key)), at),
  };
  for (const { before } of changes.flags) if (before?.locked === true) throw new FlagLockedError(before.key, before.lockedReason);
  await checkAll(tx, changes);

  const isNew = ({ before }: Change<unknown>): boolean => before === undefined;
  const flagsThat = (are: boolean): Flag[] => changes.flags.filter((change) => isNew(change) === are).map(({ after }) => after);
  await tx.putFlags(flagsThat(true), { isNew: true });
  await tx.putFlags(flagsThat(false));
  for (const change of changes.segments) await tx.putSegment(change.after, { isNew: isNew(change) });
  for (const change of changes.layers) await tx.putLayer(change.after, { isNew: isNew(change) });
  return toWritten(changes, parsed.flags.size + parsed.segments.size + parsed.layers.size);
}

async function lockFlags(
  tx: DatabaseTransaction,
  keys: readonly string[],
  environment: string | undefined,
): Promise<ReadonlyMap<string, Flag>> {
  const flags = await tx.lockFlags(keys);
  const issues = flags
    .filter((flag) => !livesIn(flag, environment))
    .map(({ key }) => ({ path: "flags", message: `"${key}" belongs to another environment` }));
  assertNone(issues);
  return new Map(flags.map((flag) => [flag.key, flag]));
}

/** One after the other in order of keys, which is how everybody locks several. */
async function lockEach<T>(
  parsed: ReadonlyMap<string, unknown>,
  lock: (key: string) => Promise<T | undefined>,
): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>();
  for (const key of [...parsed.keys()].sort()) {
    const one = await lock(key);
    if (one) found.set(key, one);
  }
  return found;
}

/** What is there already as it is to be is no change. */
function changesOf<T extends Flag | Segment | Layer>(
  parsed: ReadonlyMap<string, Parsed<object>>,
  existing: ReadonlyMap<string, T>,
  at: string,
): Change<T>[] {
  return [...parsed].flatMap(([key, { path, definition }]): Change<T>[] => {
    const before = existing.get(key);
    if (!before) {
      const locked = path.startsWith("flags") ? { locked: false } : {};
      return [{ path, before, after: { ...definition, ...locked, version: 1, createdAt: at, updatedAt: at } as unknown as T }];
    }
    const { version, createdAt, updatedAt, locked, lockedReason } = before as Flag;
    const kept = { ...(locked !== undefined && { locked }), ...(lockedReason !== undefined && { lockedReason }) };
    const same = deepEqual({ ...definition, ...kept, version, createdAt, updatedAt }, before);
    const after = { ...definition, ...kept, version: version + 1, createdAt, updatedAt: at };
    return same ? [] : [{ path, before, after: after as unknown as T }];
  });
}

/** Checks every reference over the state in which all of it is there. @throws ValidationError */
async function checkAll(tx: DatabaseTransaction, { flags, segments, layers }: Changes): Promise<void> {
  const changed = withChanges(
    tx,
    flags.map(({ after }) => after),
    segments.map(({ after }) => after),
  );
  const issues: ValidationIssue[] = [];
  for (const { path, before, after } of flags)
    await locating(issues, path, () => checkReferences(changed, { kind: "flag", key: after.key, doc: after }, before));
  for (const { path, before, after } of segments)
    await locating(issues, path, () => checkReferences(changed, { kind: "segment", key: after.key, doc: after }, before));
  for (const { path, after } of layers)
    await locating(issues, path, async () => {
      const there = await changed.lockFlags(after.allocations.map(({ flagKey }) => flagKey));
      const keys = new Set(there.map(({ key }) => key));
      for (const [i, { flagKey }] of after.allocations.entries())
        if (!keys.has(flagKey))
          throw new ValidationError([{ path: `allocations[${i}].flagKey`, message: `there is no flag "${flagKey}"` }]);
    });
  assertNone(issues);
}

function toWritten({ flags, segments, layers }: Changes, asked: number): Written<ImportResult> {
  const all = [...flags, ...segments, ...layers];
  const created = all.filter(({ before }) => before === undefined).length;
  const named = (kind: DefinitionKind, changes: readonly Change<{ readonly key: string }>[]) =>
    changes.map(({ after }) => ({ kind, key: after.key, deleted: false }));
  return {
    result: { created, updated: all.length - created, unchanged: asked - all.length },
    changed: [...named("flag", flags), ...named("segment", segments), ...named("layer", layers)],
    records: [
      ...flags.map(({ before = null, after }) => ({ flagKey: after.key, before, after })),
      ...[...segments, ...layers].map(({ before = null, after }) => ({ flagKey: null, before, after })),
    ],
  };
}
