import type { TrackEntry } from "../../src/protocol/wire";
import { ROUTES } from "../../src/protocol/wire";
import { identify, maySpeakFor } from "../caller";
import { HttpError } from "../http-error";
import { readJson } from "../read-body";
import { eventsSchema } from "../schemas/push-entry";
import type { App, Scope } from "../scope";

/** `POST /events`: analytics events from callers that keep no outbox. */
export function eventsRoute(app: App, scope: Scope): void {
  app.post(ROUTES.events, async (c) => {
    const events = eventsSchema.parse(await readJson(c.req.raw, scope.options.maxBodyBytes));
    const caller = await identify(c, scope);
    const at = new Date(scope.internals.clock.now()).toISOString();
    const entries = events.map(({ userId = caller.context.userId, ...event }): TrackEntry => {
      if (userId !== undefined && !maySpeakFor(caller, "userId", userId)) {
        throw new HttpError(403, "FORBIDDEN", "An event names another user than the caller.");
      }
      return { ...event, id: crypto.randomUUID(), type: "event", unit: userId ?? null, at };
    });
    if (entries.length > 0) await scope.internals.push(entries);
    return c.body(null, 204);
  });
}
