import { adminRoutes, noteOf } from "../admin";
import { segmentPatchSchema, segmentSchema, withNote } from "../schemas/definition";
import type { App, Exchange, Scope } from "../scope";

const createBody = withNote(segmentSchema);
const patchBody = withNote(segmentPatchSchema);

/** Segments: `/admin/segments[/:key]`. */
export function adminSegmentRoutes(app: App, scope: Scope): void {
  const { flags } = scope.rl;
  const route = adminRoutes(app, scope);
  const base = "/admin/segments";
  const keyOf = (c: Exchange): string => c.req.param("key") ?? "";

  route("get", base, async (_c, admin) => {
    const segments = await flags.listSegments();
    return admin.answer({ segments, total: segments.length, hasMore: false });
  });
  route("post", base, async (_c, admin) => {
    const { input, note } = createBody(await admin.body());
    return admin.answer(await flags.createSegment(input, await admin.mutation(note)), 201);
  });
  route("get", `${base}/:key`, async (c, admin) => admin.answer(await flags.getSegment(keyOf(c))));
  route("patch", `${base}/:key`, async (c, admin) => {
    const { input, note } = patchBody(await admin.body());
    return admin.answer(await flags.updateSegment(keyOf(c), input, await admin.mutation(note)));
  });
  route("delete", `${base}/:key`, async (c, admin) => {
    await flags.deleteSegment(keyOf(c), await admin.mutation(await noteOf(c, admin)));
    return c.body(null, 204);
  });
}
