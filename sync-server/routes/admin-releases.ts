import type { ReleaseOptions } from "../../src/server/releases/release-types";
import { adminRoutes, noteOf, type Admin } from "../admin";
import { withNote } from "../schemas/definition";
import { releasePatchSchema, releaseQuerySchema, releaseSchema, rollbackSchema } from "../schemas/release";
import type { App, Exchange, Scope } from "../scope";

const createBody = withNote(releaseSchema);
const patchBody = withNote(releasePatchSchema);

/** Releases: `/admin/releases[/:id[/{preview,approve,reject,deploy,rollback}]]`. */
export function adminReleaseRoutes(app: App, scope: Scope): void {
  const { flags } = scope.rl;
  const route = adminRoutes(app, scope);
  const base = "/admin/releases";
  const idOf = (c: Exchange): string => c.req.param("id") ?? "";

  route("get", base, async (c, admin) => admin.answer(await flags.listReleases(releaseQuerySchema.parse(c.req.query()))));
  route("post", base, async (_c, admin) => {
    const { input, note } = createBody(await admin.body());
    return admin.answer(await flags.createRelease(input, await admin.mutation(note)), 201);
  });
  route("get", `${base}/:id`, async (c, admin) => admin.answer(await flags.getRelease(idOf(c))));
  route("patch", `${base}/:id`, async (c, admin) => {
    const { input, note } = patchBody(await admin.body());
    return admin.answer(await flags.updateRelease(idOf(c), input, await admin.mutation(note)));
  });
  for (const method of ["get", "post"] as const) {
    route(method, `${base}/:id/preview`, async (c, admin) => admin.answer(await flags.previewRelease(idOf(c))));
  }
  for (const [verb, work] of [
    ["approve", flags.approveRelease],
    ["reject", flags.rejectRelease],
    ["deploy", flags.deployRelease],
  ] as const) {
    route("post", `${base}/:id/${verb}`, async (c, admin) => admin.answer(await work(idOf(c), await optionsOf(c, admin))));
  }
  route("post", `${base}/:id/rollback`, async (c, admin) => {
    const { force, ...note } = rollbackSchema.parse(await admin.body());
    const options = { ...(await admin.mutation(note)), ...(force !== undefined && { force }) };
    return admin.answer(await flags.rollbackRelease(idOf(c), options));
  });
}

async function optionsOf(c: Exchange, admin: Admin): Promise<ReleaseOptions> {
  const { ifVersion: _, ...options } = await admin.mutation(await noteOf(c, admin));
  return options;
}
