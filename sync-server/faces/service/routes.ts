import { FlagConflictError, FlagNotFoundError } from "../../../src/errors";
import type { Flag } from "../../../src/model/flag";
import type { FlagPatch, MutationOptions } from "../../../src/server/types";
import { adminRoutes } from "../../admin";
import { badRequest } from "../../http-error";
import { readStorable } from "../../read-body";
import { pageQuerySchema } from "../../schemas/definition";
import type { App, Exchange } from "../../scope";
import { admit, contextOf, flagOf, type Face } from "../face";
import { createIdIndex } from "./flag-id";
import { lowerRules, raiseRules } from "./rules";
import { changeSchema, evaluationSchema, type ServiceChange } from "./schemas";
import { showAudit, showFlag, showResult } from "./show";

/** `POST /api/evaluate`: every flag of an environment, for one user. */
export function serviceEvaluationRoutes(app: App, face: Face): void {
  const { rl, internals, options } = face;
  const schema = evaluationSchema(internals.environment);

  app.post("/api/evaluate", async (c) => {
    const request = c.req.raw;
    const { access, mayAsk } = await admit(face, request);
    const { environment, user } = schema.parse((await readStorable(request, options.maxBodyBytes)) ?? {});
    if (internals.environment !== undefined && environment !== internals.environment)
      throw badRequest(`This server is of the environment "${internals.environment}".`);
    const { id, ...fields } = user;
    const context = await contextOf(face, request, access, { ...fields, userId: id, environment });
    const results = [];
    for (const [key, result] of Object.entries(await rl.flags.evaluateAll(context))) {
      if (flagOf(face, key)?.status !== "archived" && (await mayAsk(key))) results.push(showResult(result));
    }
    return c.json({ results }, 200, { "cache-control": "no-store" });
  });
}

/** `PUT /api/admin/flags/:id`, and what its changes have left in the audit log. `:id` is an id or a key. */
export function serviceAdminRoutes(app: App, face: Face): void {
  const { rl, internals } = face;
  const route = adminRoutes(app, face);
  const keyOfId = createIdIndex();

  async function find(c: Exchange): Promise<Flag> {
    const id = c.req.param("id") ?? "";
    try {
      return await rl.flags.get(id);
    } catch (error) {
      if (!(error instanceof FlagNotFoundError)) throw error;
      const keys = internals.feed.since(-1).flatMap(({ kind, key }) => (kind === "flag" ? [key] : []));
      const key = await keyOfId(id, keys);
      if (key === undefined) throw error;
      return rl.flags.get(key);
    }
  }

  async function change(c: Exchange, change: ServiceChange, options: MutationOptions): Promise<Flag> {
    for (let attempt = 1; ; attempt++) {
      const before = await find(c);
      if (before.status === "archived") throw new FlagNotFoundError(before.key);
      try {
        return await rl.flags.update(before.key, toPatch(before, change), { ...options, ifVersion: before.version });
      } catch (error) {
        // Somebody else was faster. What is asked for is meant for the flag as it is.
        if (!(error instanceof FlagConflictError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  route("put", "/api/admin/flags/:id", async (c, admin) => {
    const asked = changeSchema.parse(await admin.body());
    const { actor = { id: "admin", type: "user" } as const } = await admin.mutation();
    const flag = await change(c, asked, { actor });
    return c.json({ flag: await showFlag(flag, internals.environment) }, 200, { "cache-control": "no-store" });
  });

  route("get", "/api/admin/flags/:id/audit", async (c) => {
    const { limit = 100, offset = 0 } = pageQuerySchema.parse(c.req.query());
    const { key } = await find(c);
    const { items, total } = await rl.flags.getHistory({ flagKey: key, limit, offset });
    const logs = await Promise.all(items.map((entry) => showAudit(entry, key, internals.environment)));
    return c.json({ logs, total }, 200, { "cache-control": "no-store" });
  });
}

const ATTEMPTS = 3;

function toPatch(before: Flag, { enabled, rolloutPercentage, rules, match }: ServiceChange): FlagPatch {
  const raised = rules ? { rules, match: match ?? "all" } : match && raiseRules(before.rules);
  if (match && !raised) throw badRequest("match: needs rules, because those of the flag are not the service's.");
  if (raised && before.type !== "boolean") throw badRequest("rules: only those of a boolean flag can be changed here.");
  const [id] = before.rules.map((rule) => rule.id);
  const lowered = raised && lowerRules({ ...raised, match: match ?? raised.match });
  return {
    ...(enabled !== undefined && { status: enabled ? "active" : "killed" }),
    ...(rolloutPercentage !== undefined && { rollout: { ...before.rollout, percentage: rolloutPercentage } }),
    ...(lowered && { rules: lowered.map((rule) => ({ ...rule, ...(id !== undefined && { id }) })) }),
  };
}
