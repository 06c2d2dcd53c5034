import type { Change, DefinitionKind } from "../model/definition";
import type { SdkKeyRow } from "../ports/database-adapter";
import type { FeedCensus, Tally } from "../ports/database-status";

const PLURALS = { flag: "flags", segment: "segments", layer: "layers" } as const satisfies Record<
  DefinitionKind,
  keyof FeedCensus
>;
type Counted = Exclude<keyof FeedCensus, "position">;

/** The differences between a census of the database and what is held, by table; empty where there are none. */
export function driftBetween(census: FeedCensus, changes: Iterable<Change>, keys: Iterable<SdkKeyRow>): string {
  const numbers: Record<Counted, number[]> = { flags: [], segments: [], layers: [], keys: [] };
  for (const { kind, doc } of changes) if (doc) numbers[PLURALS[kind]].push(doc.version + toMs(doc.updatedAt));
  for (const { createdAt, revokedAt } of keys) numbers.keys.push(toMs(createdAt) + toMs(revokedAt));
  return (Object.keys(numbers) as Counted[]).flatMap((table) => compare(table, census[table], numbers[table])).join(", ");
}

function compare(table: Counted, { count, sum }: Tally, held: readonly number[]): string[] {
  const heldSum = held.reduce((total, one) => total + BigInt(one), 0n);
  return count === held.length && sum === heldSum ? [] : [`${table} ${count - held.length} ${sum - heldSum}`];
}

function toMs(iso: string | undefined): number {
  return iso === undefined ? 0 : Date.parse(iso);
}
