import { getTableConfig } from "drizzle-orm/pg-core";
import type { Client } from "pg";
import { type ModelAttributeColumnOptions, Sequelize } from "sequelize";
import { defineRolleaseModels } from "rollease/db/sequelize";
import { toTables } from "../../../adapters/db/drizzle/tables";
import { createTableNames, type TableOptions } from "../../../adapters/db/table-names";

/** One table, in the words of Postgres. */
export interface DescribedTable {
  /** A column's type, ` not null` where it is never NULL, ` serial` where the database counts. */
  readonly columns: Readonly<Record<string, string>>;
  readonly primaryKey: readonly string[];
  /** Columns, joined by commas. */
  readonly unique: readonly string[];
  /** `column -> table(column) on delete ...` */
  readonly references: readonly string[];
}

export type Described = Readonly<Record<string, DescribedTable>>;

function describeColumn(type: string, isRequired: boolean, isSerial: boolean): string {
  return `${type}${isRequired ? " not null" : ""}${isSerial ? " serial" : ""}`;
}

/** What is in a schema of the database. */
export async function describeDatabase(client: Client, schema: string): Promise<Described> {
  const { rows: columns } = await client.query<Record<"table" | "column" | "type" | "nullable" | "default", string>>(
    `SELECT c.table_name AS table, c.column_name AS column, c.is_nullable AS nullable, coalesce(c.column_default, '') AS default,
       CASE c.data_type WHEN 'ARRAY' THEN e.data_type || '[]' ELSE c.data_type END AS type
     FROM information_schema.columns c
     LEFT JOIN information_schema.element_types e ON (e.object_schema, e.object_name, e.object_type, e.collection_type_identifier)
       = (c.table_schema, c.table_name, 'TABLE', c.dtd_identifier)
     WHERE c.table_schema = $1 ORDER BY c.table_name, c.ordinal_position`,
    [schema],
  );
  const { rows: keys } = await client.query<Record<"table" | "type" | "columns" | "target" | "rule", string>>(
    `SELECT t.table_name AS table, t.constraint_type AS type, r.delete_rule AS rule,
       (SELECT string_agg(k.column_name, ',' ORDER BY k.ordinal_position) FROM information_schema.key_column_usage k
         WHERE (k.constraint_schema, k.constraint_name) = (t.constraint_schema, t.constraint_name)) AS columns,
       (SELECT string_agg(u.table_name || '(' || u.column_name || ')', ',') FROM information_schema.constraint_column_usage u
         WHERE (u.constraint_schema, u.constraint_name) = (t.constraint_schema, t.constraint_name)) AS target
     FROM information_schema.table_constraints t
     LEFT JOIN information_schema.referential_constraints r USING (constraint_schema, constraint_name)
     WHERE t.table_schema = $1 AND t.constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')`,
    [schema],
  );
  const tables = [...new Set(columns.map((column) => column.table))].map((table) => {
    const of = (type: string) => keys.filter((key) => key.table === table && key.type === type);
    const described: DescribedTable = {
      columns: Object.fromEntries(
        columns
          .filter((column) => column.table === table)
          .map(({ column, type, nullable, default: text }) => [
            column,
            describeColumn(type, nullable === "NO", text.startsWith("nextval(")),
          ]),
      ),
      primaryKey: of("PRIMARY KEY").flatMap((key) => key.columns.split(",")),
      unique: of("UNIQUE").map((key) => key.columns),
      references: of("FOREIGN KEY").map((key) => `${key.columns} -> ${key.target} on delete ${key.rule.toLowerCase()}`),
    };
    return [table, described] as const;
  });
  return Object.fromEntries(tables);
}

/** What Drizzle is told of the tables. */
export function describeDrizzle(options: TableOptions): Described {
  const tables = Object.values(toTables(createTableNames(options))).map((table) => {
    const config = getTableConfig(table);
    const described: DescribedTable = {
      columns: Object.fromEntries(
        config.columns.map((column) => {
          const type = column.getSQLType();
          return [column.name, describeColumn(type.replace("bigserial", "bigint"), column.notNull, type === "bigserial")];
        }),
      ),
      primaryKey: config.primaryKeys.flatMap((key) => key.columns.map((column) => column.name)),
      unique: config.uniqueConstraints.map((one) => one.columns.map((column) => column.name).join(",")),
      references: config.foreignKeys.map((key) => {
        const { columns, foreignTable, foreignColumns } = key.reference();
        const target = `${getTableConfig(foreignTable).name}(${foreignColumns.map((column) => column.name).join(",")})`;
        return `${columns.map((column) => column.name).join(",")} -> ${target} on delete ${key.onDelete}`;
      }),
    };
    expectSchema(config.schema, options);
    return [config.name, described] as const;
  });
  return Object.fromEntries(tables);
}

/** What Sequelize is told of the tables. */
export function describeSequelize(options: TableOptions): Described {
  const sequelize = new Sequelize("postgres://nowhere", { dialect: "postgres" });
  const tables = Object.values(defineRolleaseModels(sequelize, options)).map((model) => {
    const attributes = Object.entries(model.getAttributes() as Record<string, ModelAttributeColumnOptions>);
    const place = model.getTableName() as string | { tableName: string; schema: string };
    const { tableName, schema } = typeof place === "string" ? { tableName: place, schema: undefined } : place;
    const groups = (model as unknown as { uniqueKeys: Record<string, { fields: string[] }> }).uniqueKeys;
    const described: DescribedTable = {
      columns: Object.fromEntries(
        attributes.map(([name, { type, allowNull, autoIncrement }]) => [
          name,
          describeColumn((type as { toSql(): string }).toSql().toLowerCase(), allowNull === false, autoIncrement === true),
        ]),
      ),
      primaryKey: model.primaryKeyAttributes,
      unique: Object.values(groups).map(({ fields }) => fields.join(",")),
      references: attributes.flatMap(([name, { references, onDelete }]) => {
        if (typeof references !== "object") return [];
        const { model: target, key } = references as { model: { tableName: string; schema?: string }; key: string };
        expectSchema(target.schema, options);
        return [`${name} -> ${target.tableName}(${key}) on delete ${onDelete?.toLowerCase()}`];
      }),
    };
    expectSchema(schema, options);
    return [tableName, described] as const;
  });
  return Object.fromEntries(tables);
}

function expectSchema(found: string | undefined, { schema }: TableOptions): void {
  if (found !== schema) throw new Error(`A table is said to be in ${found}, not in ${schema}.`);
}
