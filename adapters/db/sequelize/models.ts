import { type AbstractDataType, DataTypes, type Model, type ModelAttributes, type ModelStatic, type Sequelize } from "sequelize";
import { constraintsOf } from "../constraints";
import { type ColumnKind, columnsOf, type Table } from "../schema";
import { createTableNames, type TableNames, type TableOptions } from "../table-names";

const TABLES = {
  Flag: "flags",
  Rule: "rules",
  Override: "overrides",
  Segment: "segments",
  ExclusionLayer: "layers",
  Assignment: "assignments",
  Impression: "impressions",
  History: "history",
  Release: "releases",
  SdkKey: "keys",
  WebhookCall: "webhooks",
  WebhookLane: "webhookLanes",
  Event: "events",
  PushReceipt: "receipts",
  Clock: "clock",
  FeedEntry: "feed",
  Migration: "migrations",
} as const satisfies Record<string, Table>;

const TYPES: Readonly<Record<ColumnKind, () => AbstractDataType>> = {
  uuid: () => new DataTypes.UUID(),
  text: () => new DataTypes.TEXT(),
  texts: () => new DataTypes.ARRAY(DataTypes.TEXT),
  json: () => new DataTypes.JSONB(),
  timestamp: () => new DataTypes.DATE(),
  boolean: () => new DataTypes.BOOLEAN(),
  integer: () => new DataTypes.INTEGER(),
  bigint: () => new DataTypes.BIGINT(),
  serial: () => new DataTypes.BIGINT(),
};

export type RolleaseModelName = keyof typeof TABLES;

/** A model for each table, whose attributes are its columns by their names in the database. */
export type RolleaseModels = { readonly [Name in RolleaseModelName]: ModelStatic<Model> };

/**
 * Models of rollease's tables, for an app's own queries and joins. They are for reading: a flag that is written through one
 * does not enter the change feed, and no server hears of it. `sequelize.sync()` and `sequelize.drop()` do not know them: it is
 * `migrate(adapter)` that makes the tables.
 */
export function defineRolleaseModels(sequelize: Sequelize, options: TableOptions = {}): RolleaseModels {
  const names = createTableNames(options);
  const models = (Object.keys(TABLES) as RolleaseModelName[]).map((name) => {
    const model = sequelize.define(`Rollease${name}`, attributesOf(TABLES[name], names), {
      ...placeOf(TABLES[name], names),
      ...PLAIN,
    });
    sequelize.modelManager.removeModel(model);
    return [name, model] as const;
  });
  return Object.fromEntries(models) as Record<RolleaseModelName, ModelStatic<Model>>;
}

/** Whatever the app has set for its own models. */
const PLAIN = { timestamps: false, paranoid: false, underscored: false, version: false, freezeTableName: true } as const;

function placeOf(table: Table, names: TableNames): { tableName: string; schema?: string } {
  const { name, schema } = names.of(table);
  return schema === undefined ? { tableName: name } : { tableName: name, schema };
}

function attributesOf(table: Table, names: TableNames): ModelAttributes {
  const { key, required, unique = [], flag } = constraintsOf(table);
  const attributes = Object.entries(columnsOf(table)).map(([column, kind]) => {
    const group = unique.find((columns) => columns.includes(column));
    return [
      column,
      {
        type: TYPES[kind](),
        field: column,
        allowNull: ![...key, ...required].includes(column),
        primaryKey: key.includes(column),
        autoIncrement: kind === "serial",
        ...(group && { unique: `${names.of(table).name}_${group.join("_")}_key` }),
        ...(column === flag && { references: { model: placeOf("flags", names), key: "key" }, onDelete: "CASCADE" }),
      },
    ] as const;
  });
  return Object.fromEntries(attributes);
}
