import { FlagConflictError, FlagNotFoundError } from "../../../src/errors";
import type { Flag } from "../../../src/model/flag";
import type { ImpressionRow } from "../../../src/ports/database-adapter";
import type { MutationOptions } from "../../../src/server/types";
import { adminRoutes, type Admin } from "../../admin";
import { readStorable } from "../../read-body";
import { pageQuerySchema } from "../../schemas/definition";
import type { App, Exchange } from "../../scope";
import { admit, contextOf, isAdmin, showcase, type Face } from "../face";
import { lowerChange, lowerFlag, raiseFlag, type EngineChange } from "./definition";
import { batchSchema, changeSchema, contextSchema, createSchema, evaluationSchema } from "./schemas";
import { showChange, showEvaluation, showResult, type AuditEntry, type EngineResult } from "./show";

const NO_STORE = { "cache-control": "no-store" };
const ATTEMPTS = 3;
const LIMIT = 100;
const keyOf = (c: Exchange): string => c.req.param("key") ?? "";

/** `POST /evaluate`, `/evaluate/batch` and `/flags/:key/evaluate`. */
export function engineEvaluationRoutes(app: App, face: Face): void {
  const { rl, options } = face;
  const body = async (c: Exchange): Promise<unknown> => (await readStorable(c.req.raw, options.maxBodyBytes)) ?? {};

  async function evaluate(c: Exchange, keys: readonly string[], fields: Readonly<Record<string, unknown>>): Promise<Evaluated[]> {
    const { access, mayAsk } = await admit(face, c.req.raw);
    const context = await contextOf(face, c.req.raw, access, fields);
    return Promise.all(
      keys.map(async (key): Promise<Evaluated> => {
        if (!(await mayAsk(key))) return { missing: key };
        try {
          return showResult(await rl.flags.evaluate(key, context));
        } catch (error) {
          if (error instanceof FlagNotFoundError) return { missing: key };
          throw error;
        }
      }),
    );
  }
  async function answerOne(c: Exchange, key: string, fields: Readonly<Record<string, unknown>>): Promise<Response> {
    const [result] = await evaluate(c, [key], fields);
    if (!result || "missing" in result) throw new FlagNotFoundError(key);
    return c.json(result, 200, NO_STORE);
  }

  app.post("/flags/:key/evaluate", async (c) => answerOne(c, keyOf(c), contextSchema.parse(await body(c))));
  app.post("/evaluate", async (c) => {
    const { flagKey, context } = evaluationSchema.parse(await body(c));
    return answerOne(c, flagKey, context);
  });
  app.post("/evaluate/batch", async (c) => {
    const { flagKeys, context } = batchSchema.parse(await body(c));
    const evaluated = await evaluate(c, [...new Set(flagKeys)], context);
    const results = evaluated.filter((each) => !("missing" in each));
    const errors = evaluated.flatMap((each) =>
      "missing" in each ? [{ flagKey: each.missing, error: new FlagNotFoundError(each.missing).message }] : [],
    );
    return c.json({ results, ...(errors.length > 0 && { errors }) }, 200, NO_STORE);
  });
}

type Evaluated = EngineResult | { readonly missing: string };

/**
 * `/flags`: reading and changing them, and their audit trail. Who is no admin reads what clients may see of flags, and
 * changes nothing.
 */
export function engineFlagRoutes(app: App, face: Face): void {
  const { rl } = face;
  const route = adminRoutes(app, face);

  app.get("/flags", async (c) => {
    const { limit = LIMIT, offset = 0 } = pageQuerySchema.parse(c.req.query());
    if (await isAdmin(face, c.req.raw)) {
      const { flags, total, hasMore } = await rl.flags.list({ status: ["active", "killed"], limit, offset });
      return c.json({ flags: flags.map(raiseFlag), total, hasMore }, 200, NO_STORE);
    }
    const { access } = await admit(face, c.req.raw);
    const all = [...showcase(face, access).values()].filter(({ status }) => status !== "archived");
    const flags = all.slice(offset, offset + limit).map(raiseFlag);
    return c.json({ flags, total: all.length, hasMore: offset + flags.length < all.length }, 200, NO_STORE);
  });
  app.get("/flags/:key", async (c) => {
    if (await isAdmin(face, c.req.raw)) return c.json(raiseFlag(await rl.flags.get(keyOf(c))), 200, NO_STORE);
    const { access } = await admit(face, c.req.raw);
    const flag = showcase(face, access).get(keyOf(c));
    if (!flag) throw new FlagNotFoundError(keyOf(c));
    return c.json(raiseFlag(flag), 200, NO_STORE);
  });

  route("post", "/flags", async (c, admin) => {
    const flag = createSchema.parse(await admin.body());
    return c.json(raiseFlag(await rl.flags.create(lowerFlag(flag), await by(admin))), 201, NO_STORE);
  });
  route("put", "/flags/:key", async (c, admin) => {
    const flag = await update(keyOf(c), changeSchema.parse(await admin.body()), await by(admin));
    return c.json(raiseFlag(flag), 200, NO_STORE);
  });
  route("delete", "/flags/:key", async (c, admin) =>
    c.json(raiseFlag(await rl.flags.archive(keyOf(c), await by(admin))), 200, NO_STORE),
  );
  route("get", "/flags/:key/audit", async (c) => {
    const { limit = LIMIT } = pageQuerySchema.parse(c.req.query());
    return c.json({ flagKey: keyOf(c), entries: await audit(keyOf(c), Math.min(limit, MAX_AUDIT)) }, 200, NO_STORE);
  });

  async function by(admin: Admin): Promise<MutationOptions> {
    const { actor = { id: "admin", type: "user" } as const } = await admin.mutation();
    return { actor };
  }

  async function update(key: string, change: EngineChange, mutation: MutationOptions): Promise<Flag> {
    for (let attempt = 1; ; attempt++) {
      const before = await rl.flags.get(key);
      try {
        return await rl.flags.update(key, lowerChange(before, change), { ...mutation, ifVersion: before.version });
      } catch (error) {
        // Somebody else was faster. What is asked for is meant for the flag as it is.
        if (!(error instanceof FlagConflictError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** The newest first. */
  async function audit(flagKey: string, limit: number): Promise<readonly AuditEntry[]> {
    const [changes, evaluations] = await Promise.all([
      rl.flags.getHistory({ flagKey, limit }),
      rl.flags.listImpressions({ flagKey, limit }) as Promise<readonly ImpressionRow[]>,
    ]);
    // What is left of a flag that is gone may still be read.
    if (changes.items.length === 0) await rl.flags.get(flagKey);
    const entries = [...evaluations.map(showEvaluation), ...changes.items.map(showChange)];
    return entries.sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt)).slice(0, limit);
  }
}

const MAX_AUDIT = 1000;

/** `GET /health`: it serves. `GET /ready`: it has something to serve from. */
export function engineProbes(app: App, { rl }: Face): void {
  app.get("/health", (c) => c.json({ status: "ok" }, 200, NO_STORE));
  app.get("/ready", async (c) => {
    const { status } = await rl.health();
    return c.json({ status }, status === "healthy" ? 200 : 503, NO_STORE);
  });
}
