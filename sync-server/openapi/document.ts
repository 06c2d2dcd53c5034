import { z } from "zod";
import { HEADERS } from "../../src/protocol/wire";
import { noteSchema } from "../schemas/definition";
import { OPERATIONS, type Operation } from "./operations";
import { contentOf, SCHEMAS, type JsonSchema } from "./responses";

const TAGS = {
  sync: "What replicas get their flags by, and hand in what happened at the edge.",
  flags: "Flags evaluated by the server, for callers without an engine.",
  admin: "Reading and changing definitions. For whom `adminAuth` says yes to.",
  operations: "Whether it works, and how.",
} as const satisfies Readonly<Record<Operation["tag"], string>>;

const CALLERS = [{ clientKey: [] }, { serverKey: [] }, {}];
const ADMINS = [{ adminToken: [] }, { adminBearer: [] }];

/** The handler's routes as an OpenAPI 3.1 document, made of the schemas that requests are checked by. */
export function openApiDocument(base: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of OPERATIONS) {
    const path = operation.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method]: describe(operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "rollease",
      version: "1",
      summary: "Feature flags: replication, evaluation and administration.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: base || "/" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        clientKey: { type: "apiKey", in: "header", name: HEADERS.clientKey, description: "Public; ships in pages." },
        serverKey: { type: "http", scheme: "bearer", description: "An SDK key of the kind `server`." },
        adminToken: { type: "apiKey", in: "header", name: "x-admin-token" },
        adminBearer: { type: "http", scheme: "bearer", description: "The admin's token." },
      },
    },
  };
}

function describe({ method, path, summary, tag, query, body, noted, status = 200, answer }: Operation): JsonSchema {
  const parameters = [...inPath(path), ...inQuery(query), ...(tag === "sync" || tag === "flags" ? [CONTEXT] : [])];
  const schema = withNote(body && toJsonSchema(body), noted === true);
  return {
    operationId: [method, ...path.split(/\W+/).filter(Boolean)].map((word, n) => (n ? capital(word) : word)).join(""),
    summary,
    tags: [tag],
    security: tag === "admin" ? ADMINS : tag === "operations" ? [{}] : CALLERS,
    ...(parameters.length > 0 && { parameters }),
    ...(schema && { requestBody: { required: body !== undefined, content: { "application/json": { schema } } } }),
    responses: {
      [status]: {
        description: status === 204 ? "Done." : "As asked.",
        ...(answer && status !== 204 && { content: contentOf(answer) }),
      },
      "4XX": { description: "Refused; `code` says why.", content: contentOf("Error") },
      "503": { description: "Not now; `Retry-After` says when.", content: contentOf("Error") },
    },
  };
}

const CONTEXT = {
  name: HEADERS.context,
  in: "header",
  description: "Whom flags are evaluated for: base64url of the context as JSON.",
  schema: { type: "string" },
};

function inPath(path: string): JsonSchema[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: "path", required: true, schema: { type: "string" } }));
}

function inQuery(query: z.ZodType | undefined): JsonSchema[] {
  const { properties = {}, required = [] } = (query ? toJsonSchema(query) : {}) as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", required: required.includes(name), schema }));
}

/** A body beside whose own fields stands why it is sent, and on which version. */
function withNote(schema: JsonSchema | undefined, noted: boolean): JsonSchema | undefined {
  if (!noted) return schema;
  const note = toJsonSchema(noteSchema);
  if (!schema) return note;
  const properties = { ...(schema["properties"] as JsonSchema), ...(note["properties"] as JsonSchema) };
  return { ...schema, properties };
}

/** What requests may hold: before defaults are filled in and text is read as what it stands for. */
function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}

function capital(word: string): string {
  return `${word[0]?.toUpperCase() ?? ""}${word.slice(1)}`;
}
