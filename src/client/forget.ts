import { INSIDE } from "../engine/inside";
import type { StickyAssignments, StickyUnit } from "./sticky-assignments";
import type { SyncSession } from "./sync-session";
import type { RolleaseClient } from "./types";

/** What a client holds under `INSIDE` for this. */
interface Kept {
  readonly session: Pick<SyncSession, "outbox" | "store">;
  readonly sticky: Pick<StickyAssignments, "known">;
  readonly stickyUnits: () => StickyUnit[];
}

/** As many entries as a store may be asked for. */
const EVERYTHING = 0xffffffff;

/**
 * Erases what is kept here of a client's current user: assignments, what waits in the outbox, and what the copy in
 * `localStorage` says of them. The client evaluates for nobody from then on. Other tabs forget when they `identify` somebody
 * else, or are gone; what the server has is erased there, by `rl.flags.forgetUser`.
 *
 * @throws ClosedError after `destroy()`
 * @throws StorageError where the store has failed, so that it may hold something still.
 */
export async function forget(client: RolleaseClient): Promise<void> {
  const { session, sticky, stickyUnits } = client[INSIDE] as Kept;
  const { outbox, store } = session;
  const units = [...new Set([...stickyUnits().map(({ unit }) => unit), client.context().userId ?? ""])];
  const isTheirs = ({ unit }: { readonly unit: string | null }): boolean => unit !== null && units.includes(unit);
  const dropFrom = (held: Map<string, { readonly unit: string | null }>): void => {
    for (const [id, each] of held) if (isTheirs(each)) held.delete(id);
  };
  await client.identify({});
  dropFrom(outbox.own);
  // What was being stored has been, with the assignments that follow from it.
  await outbox.written();
  dropFrom(sticky.known);
  await store.use(async (held) => {
    const waiting = await held.peek(EVERYTHING);
    await held.ack(waiting.filter(isTheirs).map(({ id }) => id));
    await held.removeAssignments(await held.assignments(units));
  });
  outbox.wake();
  if (store.error) throw store.error;
}
