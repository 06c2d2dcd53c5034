import { FlagLockedError, FlagNotFoundError, ValidationError, type ValidationIssue } from "../../errors";
import type { Flag } from "../../model/flag";
import { type FlagDefinition, parseFlag } from "../../model/parse-flag";
import { referencesOf } from "../../model/references";
import type { DatabaseTransaction } from "../../ports/database-adapter";
import type { CheckEvaluable } from "../check-evaluable";
import { checkReferences, withChanges } from "../check-references";
import { livesIn } from "../environment";
import { applyChanges, type FlagChanges, groupByFlag, locateIssue } from "./apply-changes";
import { lockDefinitions } from "./lock-definitions";
import type { ReleaseChange } from "./release-types";

export interface ChangedFlag {
  readonly group: FlagChanges;
  readonly before: Flag;
  readonly after: Flag;
}

/** Where a release is run: every flag must live in each of these that is given. */
export type Environments = readonly (string | undefined)[];

/** @throws FlagNotFoundError */
export function assertPresent(key: string, flag: Flag | undefined, environments: Environments): asserts flag is Flag {
  if (!flag || !environments.every((environment) => livesIn(flag, environment))) throw new FlagNotFoundError(key);
}

/** @throws FlagLockedError */
export function assertUnlocked({ key, locked, lockedReason }: Flag): void {
  if (locked === true) throw new FlagLockedError(key, lockedReason);
}

/** The flag after its part of a release, validated by itself. @throws RuleNotFoundError or ValidationError that names the changes */
export async function changeFlag(before: Flag, group: FlagChanges, at: string, check: CheckEvaluable): Promise<Flag> {
  const { version, createdAt, updatedAt: _, locked, lockedReason, ...definition } = before;
  const written = applyChanges<FlagDefinition>(definition, group);
  try {
    const next = parseFlag(written, { isNew: false, newRuleId: () => crypto.randomUUID() });
    const kept = { ...(locked !== undefined && { locked }), ...(lockedReason !== undefined && { lockedReason }) };
    const after: Flag = { ...next, ...kept, version: version + 1, createdAt, updatedAt: at };
    await check({ flag: after });
    return after;
  } catch (error) {
    throw locate(error, written, group);
  }
}

/**
 * Locks the flags of a release and works out what becomes of them. Each is validated whole; what they refer to is checked as
 * it will be once all of them are changed.
 *
 * @throws FlagNotFoundError, FlagLockedError, RuleNotFoundError, ValidationError
 */
export async function changeFlags(
  tx: DatabaseTransaction,
  changes: readonly ReleaseChange[],
  options: { readonly at: string; readonly check: CheckEvaluable; readonly environments: Environments },
): Promise<readonly ChangedFlag[]> {
  const { at, check, environments } = options;
  const groups = groupByFlag(changes);
  const added = changes.flatMap((change) => (change.action === "add_rule" ? referencesOf({ rules: [change.value] }) : []));
  const flags = await lockDefinitions(
    tx,
    groups.map(({ flagKey }) => flagKey),
    added,
  );
  const found = groups.map((group) => {
    const before = flags.get(group.flagKey);
    assertPresent(group.flagKey, before, environments);
    return { group, before };
  });
  for (const { before } of found) assertUnlocked(before);
  const changed: ChangedFlag[] = [];
  await forEachCollecting(found, async ({ group, before }) => {
    changed.push({ group, before, after: await changeFlag(before, group, at, check) });
  });
  await checkChangedReferences(tx, changed);
  return changed;
}

/** Checks every new reference of flags over the state in which all of them are changed. @throws ValidationError */
export async function checkChangedReferences(
  tx: DatabaseTransaction,
  changed: readonly { readonly before: Flag | undefined; readonly after: Flag; readonly group?: FlagChanges }[],
): Promise<void> {
  const changedTx = withChanges(
    tx,
    changed.map(({ after }) => after),
  );
  await forEachCollecting(changed, async ({ before, after, group }) => {
    try {
      await checkReferences(changedTx, { kind: "flag", key: after.key, doc: after }, before);
    } catch (error) {
      throw group ? locate(error, after, group) : error;
    }
  });
}

function locate(error: unknown, flag: Pick<Flag, "rules">, group: FlagChanges): unknown {
  return error instanceof ValidationError
    ? new ValidationError(error.issues.map((issue) => locateIssue(issue, flag, group)))
    : error;
}

/** Does the work for each, and fails with all that is wrong with any. */
async function forEachCollecting<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const issues: ValidationIssue[] = [];
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      issues.push(...error.issues);
    }
  }
  if (issues.length > 0) throw new ValidationError(issues);
}
