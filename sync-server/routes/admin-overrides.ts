import { adminRoutes, type Admin } from "../admin";
import { overrideSchema, overrideTargetSchema, withNote } from "../schemas/definition";
import type { App, Exchange, Scope } from "../scope";

const setBody = withNote(overrideSchema);

/** A flag's overrides: `/admin/flags/:key/overrides`. `DELETE` takes `scope` and `id` from the query or the body. */
export function adminOverrideRoutes(app: App, scope: Scope): void {
  const { flags } = scope.rl;
  const route = adminRoutes(app, scope);
  const path = "/admin/flags/:key/overrides";
  const keyOf = (c: Exchange): string => c.req.param("key") ?? "";

  route("get", path, async (c, admin) => {
    const { overrides = [] } = await flags.get(keyOf(c));
    return admin.answer({ overrides, total: overrides.length, hasMore: false });
  });
  const set = async (c: Exchange, admin: Admin): Promise<Response> => {
    const { input, note } = setBody(await admin.body());
    return admin.answer(await flags.setOverride(keyOf(c), input, await admin.mutation(note)));
  };
  route("put", path, set);
  route("post", path, set);
  const removeBody = withNote(overrideTargetSchema);
  route("delete", path, async (c, admin) => {
    const { input, note } = removeBody({ ...((await admin.body()) as object), ...c.req.query() });
    return admin.answer(await flags.removeOverride(keyOf(c), input, await admin.mutation(note)));
  });
}
