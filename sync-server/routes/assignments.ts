import { ROUTES, type AssignmentsResponse } from "../../src/protocol/wire";
import { identify } from "../caller";
import { HttpError } from "../http-error";
import { channelOf, type App, type Scope } from "../scope";

/** `GET /sync/assignments`: the caller's own sticky assignments, of flags that the caller may hold. */
export function assignmentsRoute(app: App, scope: Scope): void {
  app.get(ROUTES.assignments, async (c) => {
    const { context, isUnverified } = await identify(c, scope);
    if (isUnverified) throw new HttpError(403, "FORBIDDEN", "Nothing proves that the caller is that user.");
    const { feed } = channelOf(scope, c.get("access"));
    const kept = context.userId === undefined ? {} : await scope.internals.assignments(context.userId);
    const assignments = Object.fromEntries(Object.entries(kept).filter(([flagKey]) => feed.holds(flagKey)));
    return c.json({ assignments } satisfies AssignmentsResponse, 200, { "cache-control": "no-store" });
  });
}
