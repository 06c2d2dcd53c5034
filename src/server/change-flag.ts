import { FlagConflictError, FlagLockedError, FlagNotFoundError, ValidationError } from "../errors";
import type { Flag } from "../model/flag";
import { type FlagDefinition, parseFlag } from "../model/parse-flag";
import type { DatabaseTransaction, PutOptions } from "../ports/database-adapter";
import type { CheckEvaluable } from "./check-evaluable";
import { checkReferences } from "./check-references";
import type { Settings } from "./config";
import { livesIn } from "./environment";
import { keyOf, type Mutate, type Written } from "./mutate";
import type { MutationOptions } from "./mutation-options";

export interface FlagWriterOptions {
  readonly settings: Settings;
  readonly mutate: Mutate;
  readonly check: CheckEvaluable;
}

export interface FlagChange {
  readonly action: string;
  readonly key: string;
  readonly options: MutationOptions | undefined;
  /** Also changes a locked flag. @defaultValue false */
  readonly evenLocked?: boolean;
}

/** What the operations on flags are made of. */
export interface FlagWriter {
  create(input: unknown, options: MutationOptions | undefined): Promise<Flag>;
  /** Creates a flag out of another, as `define` makes it; what comes of it is validated whole. */
  clone(change: FlagChange, newKey: string, define: (flag: FlagDefinition) => Record<string, unknown>): Promise<Flag>;
  /** Changes fields that need no validation, such as the status. */
  set(change: FlagChange, edit: (flag: Flag) => Flag): Promise<Flag>;
  /** Changes the definition; what comes of it is validated whole. */
  redefine(change: FlagChange, define: (flag: Flag) => Record<string, unknown>): Promise<Flag>;
  remove(change: FlagChange, check: (tx: DatabaseTransaction) => Promise<void>): Promise<void>;
}

export function createFlagWriter({ settings, mutate, check: checkEvaluable }: FlagWriterOptions): FlagWriter {
  const { environment } = settings;
  const newRuleId = (): string => crypto.randomUUID();

  /** Reads the flag for change and checks that it may be changed. */
  async function lock(tx: DatabaseTransaction, { key, options, evenLocked = false }: FlagChange): Promise<Flag> {
    const flag = await tx.lockFlag(key);
    if (!flag || !livesIn(flag, environment)) throw new FlagNotFoundError(key);
    if (flag.locked === true && !evenLocked) throw new FlagLockedError(key, flag.lockedReason);
    if (options?.ifVersion !== undefined && options.ifVersion !== flag.version)
      throw new FlagConflictError(key, `The flag "${key}" has version ${flag.version}, not ${options.ifVersion}.`);
    return flag;
  }

  async function check(tx: DatabaseTransaction, flag: Flag, before: Flag | undefined): Promise<void> {
    if (!livesIn(flag, environment))
      throw new ValidationError([{ path: "environment", message: `this server is confined to "${environment}"` }]);
    await checkEvaluable({ flag });
    await checkReferences(tx, { kind: "flag", key: flag.key, doc: flag }, before);
  }

  async function put(tx: DatabaseTransaction, before: Flag | null, after: Flag, options?: PutOptions): Promise<Written<Flag>> {
    await tx.putFlag(after, { isNew: before === null, ...options });
    const { key } = after;
    return { result: after, changed: [{ kind: "flag", key, deleted: false }], records: [{ flagKey: key, before, after }] };
  }

  return {
    create: async (input, options) =>
      mutate({
        action: "create",
        key: keyOf(input),
        options,
        prepare() {
          const definition = parseFlag(input, { isNew: true, newRuleId });
          return async (tx, at) => {
            const flag: Flag = { ...definition, locked: false, version: 1, createdAt: at, updatedAt: at };
            await check(tx, flag, undefined);
            return put(tx, null, flag);
          };
        },
      }),
    // Of a copy, every rule has an id of its own.
    clone: async (change, newKey, define) =>
      mutate({
        ...change,
        key: newKey,
        prepare: () => async (tx, at) => {
          // A locked flag can be copied: it is not changed.
          const source = await lock(tx, { ...change, evenLocked: true });
          const definition = parseFlag(define(definitionOf(source)), { isNew: true, newRuleId });
          const flag: Flag = { ...definition, locked: false, version: 1, createdAt: at, updatedAt: at };
          await check(tx, flag, undefined);
          return put(tx, null, flag, { hasNewRules: true });
        },
      }),
    set: (change, edit) =>
      mutate({
        ...change,
        prepare: () => async (tx, at) => {
          const before = await lock(tx, change);
          return put(tx, before, { ...edit(before), version: before.version + 1, updatedAt: at });
        },
      }),
    redefine: (change, define) =>
      mutate({
        ...change,
        prepare: () => async (tx, at) => {
          const before = await lock(tx, change);
          const { version, createdAt, locked, lockedReason } = before;
          const next: FlagDefinition = parseFlag(define(definitionOf(before) as Flag), { isNew: false, newRuleId });
          const kept = { ...(locked !== undefined && { locked }), ...(lockedReason !== undefined && { lockedReason }) };
          const after: Flag = { ...next, ...kept, version: version + 1, createdAt, updatedAt: at };
          await check(tx, after, before);
          return put(tx, before, after);
        },
      }),
    remove: (change, check) =>
      mutate({
        ...change,
        prepare: () => async (tx) => {
          const before = await lock(tx, change);
          await check(tx);
          await tx.deleteFlag(change.key);
          const changed = [{ kind: "flag", key: change.key, deleted: true }] as const;
          return { result: undefined, changed, records: [{ flagKey: change.key, before, after: null }] };
        },
      }),
  };
}

/** A flag without what the server keeps of it. */
function definitionOf(flag: Flag): FlagDefinition {
  const { version: _, createdAt: _created, updatedAt: _updated, locked: _locked, lockedReason: _reason, ...definition } = flag;
  return definition;
}
