import { ROUTES, type AssignmentsResponse } from "../../src/protocol/wire";
import { identify } from "../caller";
import { channelOf, type App, type Scope } from "../scope";

/** `GET /sync/assignments`: the caller's own sticky assignments, of flags that the caller may hold. */
export function assignmentsRoute(app: App, scope: Scope): void {
  app.get(ROUTES.assignments, async (c) => {
    const { context } = await identify(c.req.raw, scope.options);
    const { feed } = await channelOf(scope);
    const kept = context.userId === undefined ? {} : await scope.internals.assignments(context.userId);
    const assignments = Object.fromEntries(Object.entries(kept).filter(([flagKey]) => feed.holds(flagKey)));
    return c.json({ assignments } satisfies AssignmentsResponse, 200, { "cache-control": "no-store" });
  });
}
