import { adminRoutes, noteOf } from "../admin";
import { HttpError } from "../http-error";
import { layerPatchSchema, layerSchema, withNote } from "../schemas/definition";
import type { App, Exchange, Scope } from "../scope";

const createBody = withNote(layerSchema);
const patchBody = withNote(layerPatchSchema);

/** Exclusion layers: `/admin/layers[/:key]`. */
export function adminLayerRoutes(app: App, scope: Scope): void {
  const { flags } = scope.rl;
  const route = adminRoutes(app, scope);
  const base = "/admin/layers";
  const keyOf = (c: Exchange): string => c.req.param("key") ?? "";

  route("get", base, async (_c, admin) => {
    const layers = await flags.listExclusionLayers();
    return admin.answer({ layers, total: layers.length, hasMore: false });
  });
  route("post", base, async (_c, admin) => {
    const { input, note } = createBody(await admin.body());
    return admin.answer(await flags.createExclusionLayer(input, await admin.mutation(note)), 201);
  });
  route("get", `${base}/:key`, async (c, admin) => {
    const layer = await flags.getExclusionLayer(keyOf(c));
    if (!layer) throw new HttpError(404, "NOT_FOUND", `There is no layer "${keyOf(c)}".`);
    return admin.answer(layer);
  });
  route("patch", `${base}/:key`, async (c, admin) => {
    const { input, note } = patchBody(await admin.body());
    return admin.answer(await flags.updateExclusionLayer(keyOf(c), input, await admin.mutation(note)));
  });
  route("delete", `${base}/:key`, async (c, admin) => {
    await flags.deleteExclusionLayer(keyOf(c), await admin.mutation(await noteOf(c, admin)));
    return c.body(null, 204);
  });
}
