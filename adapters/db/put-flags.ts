import { FlagConflictError } from "../../src/errors";
import type { Flag, Override } from "../../src/model/flag";
import type { PutOptions } from "../../src/ports/database-adapter";
import { type Row, runWrite, type Statements, type Write } from "./gateway";
import { isUuid, required } from "./rows/column-values";
import { toFlagRow } from "./rows/flag-row";
import { toOverrideRow, toRuleRow } from "./rows/rule-row";
import type { UnitOfWork } from "./unit-of-work";

const SCOPES: readonly Override["scope"][] = ["user", "tenant", "environment"];

/** Flags that may lose rules or overrides in one statement each. */
const FEW = 10;

/** A flag that is to be written, and what the transaction has locked of it; without that, anything may be there. */
interface Put {
  readonly flag: Flag;
  readonly before: Pick<Flag, "rules" | "overrides"> | undefined;
}

/** `DatabaseTransaction.putFlags`: rules and overrides that are what they were are left alone. */
export async function putFlags(
  { statements: tx, write }: UnitOfWork,
  flags: readonly Flag[],
  known: ReadonlyMap<string, Flag>,
  { isNew = false, hasNewRules = false }: PutOptions = {},
): Promise<void> {
  if (flags.length === 0) return;
  const rowsOf = (some: readonly Flag[]): Write => ({
    ...{ kind: "upsert", table: "flags", key: ["key"], keep: ["created_at"] },
    rows: some.map(toFlagRow),
  });
  if (isNew) await insertNew(tx, flags.map(toFlagRow));
  // A row that others may hold is not waited for with the clock in hand: they may be waiting for that.
  else await runWrite(tx, rowsOf(flags.filter(({ key }) => !known.has(key))));
  const puts = flags.map((flag): Put => ({ flag, before: isNew ? { rules: [] } : known.get(flag.key) }));
  const taken = hasNewRules ? new Map<string, string>() : await idsOfOtherFlags(tx, puts);
  const losing = puts.filter((put) => losesRules(put) || losesOverrides(put));
  // A statement for each would be too many of them.
  const isSwept = losing.length > FEW;
  if (isSwept) await sweep(tx, losing);
  await write([
    ...(isNew ? [] : [rowsOf(flags.filter(({ key }) => known.has(key)))]),
    ...puts.flatMap((put) => [...ruleWrites(put, taken, isSwept), ...overrideWrites(put, isSwept)]),
  ]);
}

async function insertNew(tx: Statements, rows: readonly Row[]): Promise<void> {
  const inserted = new Set((await tx.insertAbsent("flags", rows)).map((row) => required<string>(row, "key")));
  const taken = rows.map((row) => required<string>(row, "key")).find((key) => !inserted.has(key));
  if (taken !== undefined) throw new FlagConflictError(taken, `"${taken}" exists already.`);
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function losesRules({ flag, before }: Put): boolean {
  const ids = new Set(flag.rules.map(({ id }) => id));
  return !before || before.rules.some(({ id }) => !ids.has(id));
}

function losesOverrides({ flag, before }: Put): boolean {
  const ids = new Set(flag.overrides?.map(({ scope, id }) => `${scope}:${id}`));
  return !before || (before.overrides ?? []).some(({ scope, id }) => !ids.has(`${scope}:${id}`));
}

/** Takes away the rules and overrides that many flags have no longer. */
async function sweep(tx: Statements, losing: readonly Put[]): Promise<void> {
  const kept = new Map(losing.map(({ flag }) => [flag.key, new Set(flag.rules.map(({ id }) => id))]));
  for (const keys of inParts([...kept.keys()])) {
    const rows = await tx.find("rules", { columns: ["id", "flag_key", "rule_id"], where: [{ column: "flag_key", in: keys }] });
    const gone = rows.filter((row) => !kept.get(required(row, "flag_key"))?.has(required(row, "rule_id")));
    for (const ids of inParts(gone.map((row) => required<string>(row, "id"))))
      await tx.remove("rules", [{ column: "id", in: ids }]);
  }
  for (const keys of inParts(losing.filter(losesOverrides).map(({ flag }) => flag.key)))
    await tx.remove("overrides", [{ column: "flag_key", in: keys }]);
}

function ruleWrites(put: Put, taken: ReadonlyMap<string, string>, isSwept: boolean): Write[] {
  const { flag, before } = put;
  if (before && isSame(before.rules, flag.rules)) return [];
  const ids = flag.rules.map((rule) => rule.id);
  const rows = flag.rules.map((rule, position) => {
    const owner = taken.get(rule.id.toLowerCase()) ?? flag.key;
    const id = isUuid(rule.id) && owner === flag.key ? rule.id : crypto.randomUUID();
    return toRuleRow(flag.key, rule, position, id, flag.updatedAt);
  });
  const gone = { column: "flag_key", is: flag.key } as const;
  const where = ids.length > 0 ? [gone, { column: "rule_id", notIn: ids }] : [gone];
  return [
    ...(!isSwept && losesRules(put) ? [{ kind: "remove", table: "rules", where } as const] : []),
    { kind: "upsert", table: "rules", rows, key: ["flag_key", "rule_id"], keep: ["id", "created_at"] },
  ];
}

function overrideWrites(put: Put, isSwept: boolean): Write[] {
  const { key, overrides = [] } = put.flag;
  if (put.before && isSame(put.before.overrides ?? [], overrides)) return [];
  const removals = SCOPES.map((scope): Write => {
    const ids = overrides.filter((one) => one.scope === scope).map(({ id }) => id);
    const where = [{ column: "flag_key", is: key } as const, { column: "scope", is: scope } as const];
    return { kind: "remove", table: "overrides", where: ids.length > 0 ? [...where, { column: "id", notIn: ids }] : where };
  });
  const rows = overrides.map((override, position) => toOverrideRow(key, override, position));
  const upsert: Write = { kind: "upsert", table: "overrides", rows, key: ["flag_key", "scope", "id"] };
  return [...(!isSwept && losesOverrides(put) ? removals : []), upsert];
}

/** A rule's id is its row's id where it can be: it is a UUID, and no other flag (a copy, say) has a rule of that id. */
async function idsOfOtherFlags(tx: Statements, puts: readonly Put[]): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>();
  const asked = new Set<string>();
  for (const { flag, before } of puts) {
    const own = new Set(before?.rules.map(({ id }) => id));
    for (const { id } of flag.rules) {
      if (!isUuid(id) || own.has(id)) continue;
      // Of two flags that are written at once, the first has it.
      if (!owners.has(id.toLowerCase())) owners.set(id.toLowerCase(), flag.key);
      asked.add(id);
    }
  }
  for (const ids of inParts([...asked])) {
    const rows = await tx.find("rules", { columns: ["id", "flag_key"], where: [{ column: "id", in: ids }] });
    for (const row of rows) owners.set(required<string>(row, "id"), required<string>(row, "flag_key"));
  }
  return owners;
}

/** Postgres takes 65,535 parameters in one statement. */
const MAX_PARAMETERS = 30_000;

export function* inParts<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += MAX_PARAMETERS) yield items.slice(start, start + MAX_PARAMETERS);
}
