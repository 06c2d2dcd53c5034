import { ConfigurationError } from "../../src/errors";
import { SCHEMA, type Table } from "./schema";

/** Where rollease's tables are. Servers that are to share flags must agree on both. */
export interface TableOptions {
  /**
   * What the names of tables and indexes begin with: up to 28 letters, digits and underscores.
   *
   * @defaultValue `"rollease_"`
   */
  readonly tablePrefix?: string;
  /** The Postgres schema that holds the tables; `migrate(adapter)` makes it. Without one, the connection's `search_path` decides. */
  readonly schema?: string;
}

/** One table, by names that are not quoted yet. */
export interface TableName {
  readonly name: string;
  readonly schema?: string | undefined;
}

/** What one adapter calls everything in the database. */
export interface TableNames {
  readonly schema: string | undefined;
  /** Where servers wake each other: a channel belongs to a whole database, so it is called after the tables. */
  readonly channel: string;
  of(table: Table): TableName;
  /** The table as SQL has it, quoted. */
  sql(table: Table): string;
  /** A statement that speaks of `rollease_...`, made to speak of these tables. */
  place(statement: string): string;
}

const DEFAULT_PREFIX = "rollease_";
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Postgres cuts longer names off. */
const LONGEST_NAME = 63;
/** The longest name of an index is 35 without its prefix. */
const LONGEST_PREFIX = 28;

const TABLES: ReadonlyMap<string, Table> = new Map(
  (Object.keys(SCHEMA) as Table[]).map((table) => [SCHEMA[table].name, table] as const),
);

/** Throws `ConfigurationError` for what is no name. `given` tables have names of their own. */
export function createTableNames(
  { tablePrefix = DEFAULT_PREFIX, schema }: TableOptions = {},
  given: ReadonlyMap<Table, TableName> = new Map(),
): TableNames {
  assertIdentifier("tablePrefix", tablePrefix, LONGEST_PREFIX);
  if (schema !== undefined) assertIdentifier("schema", schema, LONGEST_NAME);

  const prefixed = (name: string): string => tablePrefix + name.slice(DEFAULT_PREFIX.length);
  const of = (table: Table): TableName => given.get(table) ?? { name: prefixed(SCHEMA[table].name), schema };
  const sql = (table: Table): string => {
    const own = of(table);
    return own.schema === undefined ? quote(own.name) : `${quote(own.schema)}.${quote(own.name)}`;
  };
  return {
    schema,
    channel: channelOf(tablePrefix, schema),
    of,
    sql,
    place: (statement) =>
      statement.replace(/\brollease_\w+/g, (name) => {
        const table = TABLES.get(name);
        return table ? sql(table) : quote(prefixed(name));
      }),
  };
}

/** A name as SQL has it. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Where two long names end up on one channel, servers look at their clock more often than they need to, and nothing else. */
function channelOf(prefix: string, schema: string | undefined): string {
  return (schema === undefined || schema === "public" ? `${prefix}feed` : `${prefix}feed.${schema}`).slice(0, LONGEST_NAME);
}

function assertIdentifier(field: keyof TableOptions, value: unknown, longest: number): void {
  if (typeof value === "string" && value.length <= longest && IDENTIFIER.test(value)) return;
  const found = typeof value === "string" ? JSON.stringify(value) : typeof value;
  throw new ConfigurationError(
    `${field}: must be 1 to ${longest} letters, digits and underscores, of which the first is no digit; it is ${found}.`,
  );
}
