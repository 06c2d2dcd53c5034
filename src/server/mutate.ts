import type { DefinitionKind } from "../model/definition";
import type { JsonValue } from "../model/json";
import { isRecord } from "../model/schema";
import type { AuditActor, DatabaseTransaction } from "../ports/database-adapter";
import type { Settings } from "./config";
import type { MutationOptions } from "./types";

/** What a mutation has written, to be recorded. Nothing in `changed`: there was nothing to do. */
export interface Written<T> {
  readonly result: T;
  readonly changed: readonly { readonly kind: DefinitionKind; readonly key: string; readonly deleted: boolean }[];
  readonly flagKey: string | null;
  readonly before: object | null;
  readonly after: object | null;
}

export interface Mutation<T> {
  readonly action: string;
  readonly key: string;
  readonly options: MutationOptions | undefined;
  /** Checks the input, after the hook and before anything is begun; answers what is to be done in the transaction. */
  prepare(): (tx: DatabaseTransaction, at: string) => Promise<Written<T>>;
}

export type Mutate = <T>(mutation: Mutation<T>) => Promise<T>;

/**
 * The one path of all changes: hook, validation, one transaction with rows, history and change feed, and then the
 * server's own replica, so that whoever waits for the change sees it.
 */
export function createMutate(settings: Settings, refresh: () => Promise<void>, assertOpen: () => void): Mutate {
  const { db, hooks, clock, log } = settings;
  return async ({ action, key, options, prepare }) => {
    assertOpen();
    await hooks.onBeforeMutation?.({ action, flagKey: key, actor: options?.actor });
    const write = prepare();
    const moved = await db.transaction(async (tx) => {
      const at = new Date(clock.now()).toISOString();
      const { result, changed, flagKey, before, after } = await write(tx, at);
      if (changed.length > 0) {
        const diff = { before: before as JsonValue, after: after as JsonValue };
        const by = toStoredActor(options?.actor);
        await tx.addHistory([{ flagKey, action, by, reason: options?.reason ?? null, diff, createdAt: at }]);
        await tx.advance(changed);
      }
      return { result, changed };
    });
    if (moved.changed.length > 0) {
      await refresh().catch((error: unknown) => {
        log("warn", "The change is committed, but this server has not been able to read it back yet.", { action, key, error });
      });
    }
    return moved.result;
  };
}

function toStoredActor(actor: AuditActor | undefined): AuditActor | null {
  return actor ? { id: actor.id, type: actor.type, ...(actor.name !== undefined && { name: actor.name }) } : null;
}

/** The key that input gives itself, before anybody knows whether the input is any good. */
export function keyOf(input: unknown): string {
  return isRecord(input) && typeof input.key === "string" ? input.key : "";
}
