import type { Tally } from "../../src/ports/database-status";
import type { Table } from "./schema";
import type { TableNames } from "./table-names";

/** A column's value on its way through a gateway; `ColumnKind` says which type stands for which column. */
export type ColumnValue = null | string | number | boolean | Date | readonly string[];

/** Columns by their names in the database. */
export type Row = Readonly<Record<string, ColumnValue>>;

/** One thing that must hold of a row. */
export type Predicate =
  | { readonly column: string; readonly is: string | number | boolean | null }
  | { readonly column: string; readonly in: readonly (string | number)[] }
  | { readonly column: string; readonly notIn: readonly string[] }
  | { readonly column: string; readonly above: number }
  | { readonly column: string; readonly before: Date }
  /** At this moment or before. */
  | { readonly column: string; readonly until: Date }
  /** An array column holds this element. */
  | { readonly column: string; readonly has: string }
  /** A text column holds this text, without regard to case. */
  | { readonly column: string; readonly holds: string }
  /** A text column, or a JSON column as text, holds this text exactly. */
  | { readonly column: string; readonly mentions: string }
  | { readonly any: readonly Predicate[] };

/** Every predicate must hold; none is every row. */
export type Where = readonly Predicate[];

export interface Find {
  readonly where?: Where;
  readonly orderBy?: readonly (readonly [column: string, direction: "asc" | "desc"])[];
  readonly limit?: number;
  readonly offset?: number;
  /** Keeps others from changing the rows found until the transaction ends. `skip` leaves out rows that others keep so, in place of waiting. */
  readonly lock?: boolean | "skip";
  /** @defaultValue all of them */
  readonly columns?: readonly string[];
}

/** One of several reads that see one moment. */
export interface FindBeside extends Pick<Find, "where" | "orderBy"> {
  readonly table: Table;
  /** Only rows whose `column` is one that rows of another table name. */
  readonly named?: {
    readonly column: string;
    readonly by: { readonly table: Table; readonly column: string; readonly where: Where };
  };
}

/** A write that answers nothing, so that it can be put together with others. */
export type Write =
  | { readonly kind: "insert"; readonly table: Table; readonly rows: readonly Row[] }
  | {
      readonly kind: "upsert";
      readonly table: Table;
      readonly rows: readonly Row[];
      readonly key: readonly string[];
      readonly keep?: readonly string[];
    }
  | { readonly kind: "remove"; readonly table: Table; readonly where: Where };

/** What a commit adds to the change feed. */
export interface Advance {
  /** Writes of which no two touch the same row. */
  readonly writes: readonly Write[];
  /** Entries of the feed that are still without their `seq`. */
  readonly entries: readonly Row[];
  /** Who listens here is woken by the commit. */
  readonly channel: string;
}

/** What a database library does for the repository. Values always travel as parameters. */
export interface Statements {
  find(table: Table, query?: Find): Promise<readonly Row[]>;
  count(table: Table, where: Where): Promise<number>;
  insert(table: Table, rows: readonly Row[]): Promise<void>;
  /** Inserts the rows whose key is not taken, one after the other, and answers these in that order. */
  insertAbsent(table: Table, rows: readonly Row[]): Promise<readonly Row[]>;
  /** Answers the rows as updated. `add` increases columns by a number. */
  update(table: Table, where: Where, set: Row, add?: Readonly<Record<string, number>>): Promise<readonly Row[]>;
  /** Inserts rows; where the `key` columns are taken, replaces every given column but these and `keep`. */
  upsert(
    table: Table,
    rows: readonly Row[],
    options: { readonly key: readonly string[]; readonly keep?: readonly string[] },
  ): Promise<void>;
  /** Answers how many there were. */
  remove(table: Table, where: Where): Promise<number>;
  /** Runs one statement of a migration. */
  run(statement: string): Promise<void>;
  /** Wakes who listens, once the transaction is committed. */
  notify?(channel: string): Promise<void>;
  /** Several reads as one statement, which sees one moment also outside a transaction. Without it, they are made one by one. */
  findBeside?(finds: readonly FindBeside[]): Promise<readonly (readonly Row[])[]>;
  /** Makes the writes and steps the clock as one statement; answers the clock's row. Without it, that takes several. */
  advance?(advance: Advance): Promise<Row>;
  /** Counts the rows of tables and sums columns of theirs, times in whole milliseconds since 1970. */
  tally?(asked: readonly { readonly table: Table; readonly columns: readonly string[] }[]): Promise<readonly Tally[]>;
}

/** One database, through one library. Adapters differ in this alone. */
export interface Gateway extends Statements {
  /** What `DatabaseAdapter.kind` is to say. */
  readonly kind: string;
  readonly names: TableNames;
  /** `snapshot`: all reads see one moment, and nothing is written. */
  transaction<T>(work: (tx: Statements) => Promise<T>, options?: { readonly snapshot?: boolean }): Promise<T>;
  /** Calls back after each notice on the channel, and whenever some may have been missed. */
  listen?(channel: string, onNotice: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Makes one write by itself. */
export async function runWrite(tx: Statements, write: Write): Promise<void> {
  if (write.kind === "remove") await tx.remove(write.table, write.where);
  else if (write.rows.length === 0) return;
  else if (write.kind === "insert") await tx.insert(write.table, write.rows);
  else await tx.upsert(write.table, write.rows, write);
}
