import type { StickyAssignments } from "./sticky-assignments";
import type { SyncSession } from "./sync-session";

/** As many entries as a store may be asked for. */
const EVERYTHING = 0xffffffff;

/** Erases what is kept of units: what waits to be sent, and assignments. Nobody is evaluated for any of them any more. */
export async function forgetUnits(
  { outbox, store }: Pick<SyncSession, "outbox" | "store">,
  { known }: Pick<StickyAssignments, "known">,
  units: readonly (string | null | undefined)[],
): Promise<void> {
  const isTheirs = ({ unit }: { readonly unit: string | null }): boolean => unit !== null && units.includes(unit);
  const dropFrom = (held: Map<string, { readonly unit: string | null }>): void => {
    for (const [id, each] of held) if (isTheirs(each)) held.delete(id);
  };
  dropFrom(outbox.own);
  // What was being stored has been, with the assignments that follow from it.
  await outbox.written();
  dropFrom(known);
  await store.use(async (held) => {
    const waiting = await held.peek(EVERYTHING);
    await held.ack(waiting.filter(isTheirs).map(({ id }) => id));
    await held.removeAssignments(await held.assignments(units.filter((unit) => unit) as string[]));
  });
  outbox.wake();
  if (store.error) throw store.error;
}
