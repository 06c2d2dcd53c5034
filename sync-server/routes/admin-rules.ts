import { adminRoutes, noteOf } from "../admin";
import { orderSchema, rulePatchSchema, ruleSchema, withNote } from "../schemas/definition";
import type { App, Exchange, Scope } from "../scope";

const addBody = withNote(ruleSchema);
const patchBody = withNote(rulePatchSchema);

/** The rules of a flag: `/admin/flags/:key/rules[/:id]`; `PUT` on the list orders them. */
export function adminRuleRoutes(app: App, scope: Scope): void {
  const { flags } = scope.rl;
  const route = adminRoutes(app, scope);
  const base = "/admin/flags/:key/rules";
  const keyOf = (c: Exchange): string => c.req.param("key") ?? "";
  const idOf = (c: Exchange): string => c.req.param("id") ?? "";

  route("get", base, async (c, admin) => {
    const rules = await flags.listRules(keyOf(c));
    return admin.answer({ rules, total: rules.length, hasMore: false });
  });
  route("post", base, async (c, admin) => {
    const { input, note } = addBody(await admin.body());
    return admin.answer(await flags.addRule(keyOf(c), input, await admin.mutation(note)), 201);
  });
  route("put", base, async (c, admin) => {
    const { ruleIds, ...note } = orderSchema.parse(await admin.body());
    const rules = await flags.reorderRules(keyOf(c), ruleIds, await admin.mutation(note));
    return admin.answer({ rules, total: rules.length, hasMore: false });
  });
  route("patch", `${base}/:id`, async (c, admin) => {
    const { input, note } = patchBody(await admin.body());
    return admin.answer(await flags.updateRule(keyOf(c), idOf(c), input, await admin.mutation(note)));
  });
  route("delete", `${base}/:id`, async (c, admin) => {
    await flags.removeRule(keyOf(c), idOf(c), await admin.mutation(await noteOf(c, admin)));
    return c.body(null, 204);
  });
}
