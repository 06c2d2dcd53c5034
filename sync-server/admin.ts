import type { MutationOptions } from "../src/server/types";
import { createAddressCheck } from "./client-address";
import { badRequest, HttpError } from "./http-error";
import { isStorable, readStorable } from "./read-body";
import { noteSchema, type Note } from "./schemas/definition";
import type { App, Exchange, Scope } from "./scope";

type Method = "get" | "post" | "put" | "patch" | "delete";
type AdminRoute = (c: Exchange, admin: Admin) => Promise<Response>;

/** What an admin's route may use of its request. */
export interface Admin {
  /** The body, parsed; `{}` where there is none. */
  body(): Promise<unknown>;
  /** Whom and why history is to name. */
  mutation(note?: Note): Promise<MutationOptions>;
  /** Answers JSON with the server's time. */
  answer(body: object, status?: 200 | 201): Response;
}

/** Registers routes that answer 401 unless `adminAuth` says yes. */
export function adminRoutes(
  app: App,
  scope: Pick<Scope, "options" | "internals">,
): (method: Method, path: string, route: AdminRoute) => void {
  const { options, internals } = scope;
  const isAllowed = createAddressCheck(options);
  return (method, path, route) => {
    app[method](path, async (c: Exchange) => {
      const request = c.req.raw;
      if (!isAllowed(request)) throw new HttpError(403, "FORBIDDEN", "Admins do not come from this address.");
      if ((await options.adminAuth?.(request)) !== true) throw new HttpError(401, "UNAUTHORIZED", "This needs an admin.");
      if (!isStorable([c.req.param(), c.req.query()])) throw badRequest("The address holds text that is not well-formed.");
      return route(c, {
        async body() {
          return (await readStorable(request, options.maxBodyBytes)) ?? {};
        },
        async mutation(note = {}) {
          const actor = await options.extractActor?.(request);
          return { ...note, ...(actor && { actor }) };
        },
        answer: (body, status = 200) => c.json({ ...body, ts: internals.clock.now() }, status, { "cache-control": "no-store" }),
      });
    });
  };
}

/** The note of a request whose body is optional: in the query, or in the body. */
export async function noteOf(c: Exchange, admin: Admin): Promise<Note> {
  const reason = c.req.query("reason");
  const body = noteSchema.parse(await admin.body());
  return { ...body, ...(reason !== undefined && { reason }) };
}
