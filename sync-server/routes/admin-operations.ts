import type { KillAllOptions, KillOptions } from "../../src/server/types";
import { adminRoutes } from "../admin";
import {
  bulkSchema,
  cloneSchema,
  erasureSchema,
  historyQuerySchema,
  impressionQuerySchema,
  staleQuerySchema,
  tagsSchema,
  withNote,
} from "../schemas/definition";
import type { App, Exchange, Scope } from "../scope";

const cloneBody = withNote(cloneSchema);
const tagsBody = withNote(tagsSchema);
const erasureBody = withNote(erasureSchema);

/** What is done to many flags, or to what was recorded: kill all, tags, clones, stale flags, history, impressions, erasure. */
export function adminOperationRoutes(app: App, scope: Scope): void {
  const { flags } = scope.rl;
  const route = adminRoutes(app, scope);
  const keyOf = (c: Exchange): string => c.req.param("key") ?? "";

  route("post", "/admin/flags/:key/clone", async (c, admin) => {
    const { input, note } = cloneBody(await admin.body());
    return admin.answer(await flags.clone(keyOf(c), input, await admin.mutation(note)), 201);
  });
  for (const [method, work] of [
    ["post", flags.addTags],
    ["delete", flags.removeTags],
  ] as const) {
    route(method, "/admin/flags/:key/tags", async (c, admin) => {
      const { input, note } = tagsBody(await admin.body());
      return admin.answer(await work(keyOf(c), input.tags, await admin.mutation(note)));
    });
  }
  for (const [path, work] of [
    ["/admin/kill-all", flags.killAll],
    ["/admin/restore-all", flags.restoreAll],
  ] as const) {
    route("post", path, async (_c, admin) => {
      const { reason, ...which } = bulkSchema.parse(await admin.body());
      const { ifVersion: _, ...who }: KillOptions = await admin.mutation({ ...(reason !== undefined && { reason }) });
      const options: KillAllOptions = { ...who, ...which };
      return admin.answer(await work(options));
    });
  }
  route("get", "/admin/stale", async (c, admin) => {
    const stale = await flags.listStaleFlags(staleQuerySchema.parse(c.req.query()));
    return admin.answer({ stale, total: stale.length, hasMore: false });
  });
  route("get", "/admin/history", async (c, admin) => {
    const { limit = 100, offset = 0, ...which } = historyQuerySchema.parse(c.req.query());
    const { items, total } = await flags.getHistory({ ...which, limit, offset });
    return admin.answer({ history: items, total, hasMore: offset + items.length < total });
  });
  route("get", "/admin/impressions", async (c, admin) => {
    const impressions = await flags.listImpressions(impressionQuerySchema.parse(c.req.query()));
    return admin.answer({ impressions });
  });
  route("post", "/admin/retention", async (_c, admin) => admin.answer(await flags.runRetention()));
  route("delete", "/admin/users/:id", async (c, admin) => {
    const { input, note } = erasureBody(await admin.body());
    const wanted = Object.keys(input).length > 0 ? input : undefined;
    return admin.answer(await flags.forgetUser(c.req.param("id") ?? "", wanted, await admin.mutation(note)));
  });
  route("get", "/admin/users/:id/assignments", async (c, admin) =>
    admin.answer({ assignments: await flags.getUserAssignments(c.req.param("id") ?? "") }),
  );
  route("get", "/admin/segments/:key/usage", async (c, admin) => admin.answer(await flags.getSegmentUsage(keyOf(c))));
}
