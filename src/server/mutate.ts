import type { DefinitionKind } from "../model/definition";
import type { JsonValue } from "../model/json";
import { isRecord } from "../model/schema";
import type { AuditActor, DatabaseTransaction } from "../ports/database-adapter";
import type { Settings } from "./config";
import type { MutationHookEvent } from "./config-types";
import type { MutationOptions } from "./mutation-options";

/** One entry of the history, and what webhooks are told of. */
export interface Recorded {
  /** Where it is not the mutation's own, as of each flag of a release. */
  readonly action?: string;
  /** The flag that it is about; `null` where it is about none. */
  readonly flagKey: string | null;
  readonly before: object | null;
  readonly after: object | null;
}

/** What a mutation has written, to be recorded. Neither `changed` nor `records`: there was nothing to do. */
export interface Written<T> {
  readonly result: T;
  readonly changed: readonly { readonly kind: DefinitionKind | "key"; readonly key: string; readonly deleted: boolean }[];
  readonly records: readonly Recorded[];
  readonly releaseId?: string;
}

type Write<T> = (tx: DatabaseTransaction, at: string) => Promise<Written<T>>;

export interface Mutation<T> {
  readonly action: string;
  readonly key: string;
  readonly options: MutationOptions | undefined;
  /** Checks the input, after the hook and before anything is begun; answers what is to be done in the transaction. */
  prepare(): Write<T> | Promise<Write<T>>;
}

export type Mutate = <T>(mutation: Mutation<T>) => Promise<T>;

/** A mutation as those see it who are told of it in its transaction. */
export interface MutationRecord extends Recorded {
  readonly action: string;
  readonly actor: AuditActor | null;
  readonly reason: string | null;
  readonly releaseId: string | undefined;
  readonly at: string;
}

export interface MutateParts {
  /** Brings the server's own replica up to the commit. */
  refresh(): Promise<void>;
  assertOpen(): void;
  /** Writes what is to be sent once the transaction is committed. */
  queue(tx: DatabaseTransaction, records: readonly MutationRecord[]): Promise<void>;
  /** Called after the commit, which stands whatever becomes of this. */
  committed(records: readonly MutationRecord[]): void;
}

/**
 * The one path of all changes: hook, validation, one transaction with rows, history, change feed and what is to be sent of
 * it, and then the server's own replica, so that whoever waits for the change sees it.
 */
export function createMutate(settings: Settings, { refresh, assertOpen, queue, committed }: MutateParts): Mutate {
  const { db, hooks, clock, log, redactor } = settings;
  return async ({ action, key, options, prepare }) => {
    assertOpen();
    await askFirst(hooks, { action, flagKey: key, actor: options?.actor });
    const write = await prepare();
    const moved = await db.transaction(async (tx) => {
      const at = new Date(clock.now()).toISOString();
      const { result, changed, records: written, releaseId } = await write(tx, at);
      const by = { actor: toStoredActor(options?.actor), reason: options?.reason ?? null, releaseId, at };
      const records = written.map((each) => ({ action, ...each, ...by }));
      if (records.length > 0) {
        await tx.addHistory(records.map((each) => toHistory(each, redactor.json)));
        await queue(tx, records);
      }
      if (changed.length > 0) await tx.advance(changed);
      return { result, changed, records };
    });
    if (moved.changed.length > 0) {
      await refresh().catch((error: unknown) => {
        log("warn", "The change is committed, but this server has not been able to read it back yet.", { action, key, error });
      });
    }
    if (moved.records.length > 0) committed(moved.records);
    return moved.result;
  };
}

/** What the hooks have thrown: no accidents, but refusals, in whatever words. */
const refusals = new WeakSet<object>();

/** Whether an error is one by which `onBeforeMutation` has refused something. */
export function isRefusal(error: unknown): boolean {
  return typeof error === "object" && error !== null && refusals.has(error);
}

async function askFirst(hooks: Settings["hooks"], event: MutationHookEvent): Promise<void> {
  try {
    await hooks.onBeforeMutation?.(event);
  } catch (error) {
    if (typeof error === "object" && error !== null) refusals.add(error);
    throw error;
  }
}

export function toHistory(
  { flagKey, action, actor, reason, releaseId, before, after, at }: MutationRecord,
  redact: (value: JsonValue) => JsonValue,
): Parameters<DatabaseTransaction["addHistory"]>[0][number] {
  const diff = { before: redact(before as JsonValue), after: redact(after as JsonValue) };
  return { flagKey, action, by: actor, reason, diff, createdAt: at, ...(releaseId !== undefined && { releaseId }) };
}

export function toStoredActor(actor: AuditActor | undefined): AuditActor | null {
  return actor ? { id: actor.id, type: actor.type, ...(actor.name !== undefined && { name: actor.name }) } : null;
}

/** The key that input gives itself, before anybody knows whether the input is any good. */
export function keyOf(input: unknown): string {
  return isRecord(input) && typeof input.key === "string" ? input.key : "";
}
