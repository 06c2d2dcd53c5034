/** JSON Schema, as far as it is written by hand here. */
export type JsonSchema = { readonly [key: string]: unknown };

const text = { type: "string" };
const number = { type: "number" };
const integer = { type: "integer" };
const flag = { type: "boolean" };
const any = {};

function object(properties: Readonly<Record<string, JsonSchema>>, optional: readonly string[] = []): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) };
}

/** What answers hold. Of definitions, what every one has; the rest is as it was written. */
export const SCHEMAS = {
  Error: object({ error: text, code: text }),
  Record: { type: "object" },
  Flag: object(
    { key: text, type: text, status: text, defaultValue: any, version: integer, createdAt: text, updatedAt: text, ts: integer },
    ["defaultValue"],
  ),
  Flags: object({
    flags: { type: "array", items: { $ref: "#/components/schemas/Flag" } },
    total: integer,
    hasMore: flag,
    ts: integer,
  }),
  FlagResult: object(
    {
      key: text,
      value: any,
      variant: { type: ["string", "null"] },
      enabled: flag,
      reason: text,
      ruleId: { type: ["string", "null"] },
      trace: { type: "object" },
      ts: integer,
    },
    ["trace"],
  ),
  Evaluated: object({
    flags: { type: "object", additionalProperties: { $ref: "#/components/schemas/FlagResult" } },
    ts: integer,
  }),
  Change: object({ kind: text, key: text, seq: integer, deleted: flag, doc: { type: "object" } }, ["deleted", "doc"]),
  Pull: object(
    {
      checkpoint: text,
      changes: { type: "array", items: { $ref: "#/components/schemas/Change" } },
      more: flag,
      reset: flag,
      hash: text,
      environment: text,
    },
    ["reset", "environment"],
  ),
  Push: object({
    results: { type: "array", items: object({ id: text, status: text, canonical: text, error: text }, ["canonical", "error"]) },
  }),
  Assignments: object({ assignments: { type: "object", additionalProperties: text } }),
  Health: object({ status: text, db: text, cache: text, latencyMs: number, uptimeMs: number, ts: integer }),
} as const satisfies Readonly<Record<string, JsonSchema>>;

/** Answers that are no JSON. */
const OTHERS = {
  Text: { "text/plain": { schema: text } },
  Events: { "text/event-stream": { schema: text } },
} as const satisfies Readonly<Record<string, JsonSchema>>;

export type ResponseName = keyof typeof SCHEMAS | keyof typeof OTHERS;

/** The `content` of an answer. */
export function contentOf(name: ResponseName): JsonSchema {
  return name in OTHERS
    ? OTHERS[name as keyof typeof OTHERS]
    : { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } };
}
