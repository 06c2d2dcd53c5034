import { adminRoutes, noteOf } from "../admin";
import { withNote } from "../schemas/definition";
import { rotationSchema, sdkKeySchema } from "../schemas/sdk-key";
import type { App, Exchange, Scope } from "../scope";

const createBody = withNote(sdkKeySchema);

/** SDK keys: `/admin/keys[/:id[/rotate]]`; `DELETE` revokes. The plaintext of a key is in the answer that made it, and nowhere else. */
export function adminKeyRoutes(app: App, scope: Scope): void {
  const { keys } = scope.rl;
  const route = adminRoutes(app, scope);
  const base = "/admin/keys";
  const idOf = (c: Exchange): string => c.req.param("id") ?? "";

  route("get", base, async (_c, admin) => {
    const all = await keys.list();
    return admin.answer({ keys: all, total: all.length, hasMore: false });
  });
  route("post", base, async (_c, admin) => {
    const { input, note } = createBody(await admin.body());
    return admin.answer(await keys.create(input, await admin.mutation(note)), 201);
  });
  route("delete", `${base}/:id`, async (c, admin) =>
    admin.answer(await keys.revoke(idOf(c), await admin.mutation(await noteOf(c, admin)))),
  );
  route("post", `${base}/:id/rotate`, async (c, admin) => {
    const { graceMs, ...note } = rotationSchema.parse(await admin.body());
    const options = { ...(await admin.mutation(note)), ...(graceMs !== undefined && { graceMs }) };
    return admin.answer(await keys.rotate(idOf(c), options), 201);
  });
}
