import type { KillOptions, MutationOptions } from "../../src/server/types";
import { adminRoutes, noteOf, type Admin } from "../admin";
import {
  flagPatchSchema,
  flagQuerySchema,
  flagSchema,
  killSchema,
  lockSchema,
  pageQuerySchema,
  rolloutSchema,
  withNote,
} from "../schemas/definition";
import type { App, Exchange, Scope } from "../scope";

const createBody = withNote(flagSchema);
const patchBody = withNote(flagPatchSchema);
const rolloutBody = withNote(rolloutSchema);
const keyOf = (c: Exchange): string => c.req.param("key") ?? "";

/** Reading and changing flags: `/admin/flags...`, and the short forms `POST /flags`, `PATCH|DELETE /flags/:key`, `POST /flags/:key/kill`. */
export function adminFlagRoutes(app: App, scope: Scope): void {
  const { flags } = scope.rl;
  const route = adminRoutes(app, scope);

  for (const base of ["/flags", "/admin/flags"]) {
    route("post", base, async (_c, admin) => {
      const { input, note } = createBody(await admin.body());
      return admin.answer(await flags.create(input, await admin.mutation(note)), 201);
    });
    route("patch", `${base}/:key`, async (c, admin) => {
      const { input, note } = patchBody(await admin.body());
      return admin.answer(await flags.update(keyOf(c), input, await admin.mutation(note)));
    });
    route("delete", `${base}/:key`, async (c, admin) => {
      const options = await admin.mutation(await noteOf(c, admin));
      return c.req.query("permanent") === "true" ? remove(c, options) : admin.answer(await flags.archive(keyOf(c), options));
    });
    route("post", `${base}/:key/kill`, async (c, admin) => {
      const { force, ...note } = killSchema.parse(await admin.body());
      const options: KillOptions = { ...(await admin.mutation(note)), ...(force !== undefined && { force }) };
      return admin.answer(await flags.kill(keyOf(c), options));
    });
  }

  /** `?permanent=true&confirm=KEY` takes a flag away for good. */
  async function remove(c: Exchange, options: MutationOptions): Promise<Response> {
    await flags.delete(keyOf(c), { ...options, confirm: c.req.query("confirm") ?? "" });
    return c.body(null, 204);
  }

  route("get", "/admin/flags", async (c, admin) => admin.answer(await flags.list(flagQuerySchema.parse(c.req.query()))));
  route("get", "/admin/flags/:key", async (c, admin) => admin.answer(await flags.get(keyOf(c))));

  route("post", "/admin/flags/:key/restore", async (c, admin) =>
    admin.answer(await flags.restore(keyOf(c), await admin.mutation(await noteOf(c, admin)))),
  );

  const lock = async (c: Exchange, admin: Admin): Promise<Response> => {
    const { actor } = await admin.mutation();
    const body = lockSchema.parse(await admin.body());
    return admin.answer(await flags.setLock(keyOf(c), { ...body, ...(actor && { actor }) }));
  };
  const rollout = async (c: Exchange, admin: Admin): Promise<Response> => {
    const { input, note } = rolloutBody(await admin.body());
    return admin.answer(await flags.setRollout(keyOf(c), input, await admin.mutation(note)));
  };
  for (const method of ["put", "post"] as const) {
    route(method, "/admin/flags/:key/lock", lock);
    route(method, "/admin/flags/:key/rollout", rollout);
  }
  route("delete", "/admin/flags/:key/rollout", async (c, admin) =>
    admin.answer(await flags.setRollout(keyOf(c), null, await admin.mutation(await noteOf(c, admin)))),
  );

  route("get", "/admin/flags/:key/history", async (c, admin) => {
    const { limit = 100, offset = 0 } = pageQuerySchema.parse(c.req.query());
    const { items, total } = await flags.getHistory({ flagKey: keyOf(c), limit, offset });
    return admin.answer({ history: items, total, hasMore: offset + items.length < total });
  });
}
