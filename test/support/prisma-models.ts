/** A field of a model that is a column. */
export interface PrismaField {
  readonly field: string;
  /** Prisma's type and, where it has one, the database's own: `DateTime Timestamptz`. */
  readonly type: string;
  /** Whether the column takes NULL; the column of a list does. */
  readonly nullable: boolean;
  readonly list: boolean;
}

export interface PrismaModel {
  readonly model: string;
  readonly columns: Readonly<Record<string, PrismaField>>;
}

/** The models of a Prisma schema in which each stands under its table's name, their columns by the names in the database. */
export function readPrismaModels(schema: string): Readonly<Record<string, PrismaModel>> {
  const models = [...schema.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)].map(([, model = "", body = ""]) => {
    const fields = [...body.matchAll(/^ {2}(\w+) +(\w+)(\[\]|\?)?(.*)$/gm)].map(
      ([, field = "", type = "", sign, attributes = ""]) => {
        const column = /@map\("(\w+)"\)/.exec(attributes)?.[1] ?? field;
        const native = /@db\.(\w+)/.exec(attributes)?.[1];
        const list = sign === "[]";
        return [column, { field, type: native ? `${type} ${native}` : type, nullable: sign !== undefined, list }] as const;
      },
    );
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? model;
    const columns = fields.filter(([, { type }]) => !schema.includes(`model ${type} {`));
    return [table, { model, columns: Object.fromEntries(columns) }] as const;
  });
  return Object.fromEntries(models);
}
