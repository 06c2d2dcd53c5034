import { ConfigurationError } from "../../../src/errors";
import { SCHEMA, type Table } from "../schema";

const MODELS = {
  flags: "RolleaseFlag",
  rules: "RolleaseRule",
  overrides: "RolleaseOverride",
  segments: "RolleaseSegment",
  layers: "RolleaseExclusionLayer",
  assignments: "RolleaseAssignment",
  impressions: "RolleaseImpression",
  history: "RolleaseHistory",
  releases: "RolleaseRelease",
  keys: "RolleaseKey",
  webhooks: "RolleaseWebhookCall",
  webhookLanes: "RolleaseWebhookLane",
  events: "RolleaseEvent",
  receipts: "RolleasePushReceipt",
  clock: "RolleaseClock",
  feed: "RolleaseFeed",
  migrations: "RolleaseMigration",
} as const satisfies Record<Table, string>;

/** The name of a model of `rollease.prisma`. */
export type RolleasePrismaModel = (typeof MODELS)[Table];

/** The models that `rollease.prisma` describes, and the fields that each must have: one for each column of its table. */
export const ROLLEASE_PRISMA_REQUIRED_FIELDS = Object.fromEntries(
  Object.entries(MODELS).map(([table, model]) => [model, Object.keys(SCHEMA[table as Table].columns).map(toField)]),
) as unknown as Readonly<Record<RolleasePrismaModel, readonly string[]>>;

function toField(column: string): string {
  return column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Throws `ConfigurationError` where the client was not generated from all of `rollease.prisma`, and says what is missing. */
export function assertModelFields(client: object): void {
  const missing = Object.entries(ROLLEASE_PRISMA_REQUIRED_FIELDS).flatMap(([model, fields]) => {
    const known = fieldsOf(client, model);
    return known === undefined ? [model] : fields.filter((field) => !(field in known)).map((field) => `${model}.${field}`);
  });
  if (missing.length === 0) return;
  throw new ConfigurationError(
    `prisma: its schema lacks ${missing.join(", ")}. Take in this version's rollease.prisma and run \`prisma generate\`.`,
  );
}

/** A client refers to the fields of a model as `client.model.fields`. */
function fieldsOf(client: object, model: string): object | undefined {
  const delegate = (client as Readonly<Record<string, unknown>>)[model.charAt(0).toLowerCase() + model.slice(1)];
  const fields = (delegate as { readonly fields?: unknown } | undefined)?.fields;
  return typeof fields === "object" && fields !== null ? fields : undefined;
}
