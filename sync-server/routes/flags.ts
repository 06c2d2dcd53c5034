import { FlagNotFoundError } from "../../src/errors";
import type { FlagContext } from "../../src/model/context";
import type { FlagResult } from "../../src/model/result";
import { identify } from "../caller";
import type { Channel } from "../hub";
import { channelOf, type App, type Scope } from "../scope";

const NO_STORE = { "cache-control": "no-store" };

/** `GET /flags` and `GET /flags/:key`: flags evaluated here, for callers that have no engine. */
export function flagRoutes(app: App, scope: Scope): void {
  app.get("/flags", async (c) => {
    const { context } = await identify(c.req.raw, scope.options);
    const flags = await evaluateShown(scope, await channelOf(scope), context);
    return c.json({ flags, ts: scope.internals.clock.now() }, 200, NO_STORE);
  });

  app.get("/flags/:key", async (c) => {
    const key = c.req.param("key");
    const { context } = await identify(c.req.raw, scope.options);
    if (!(await channelOf(scope)).feed.shows(key)) throw new FlagNotFoundError(key);
    const trace = c.req.query("trace") === "true";
    const result = await scope.rl.flags.evaluate(key, context, { trace });
    return c.json({ ...result, ts: scope.internals.clock.now() }, 200, NO_STORE);
  });
}

/** Every flag that the caller may see, evaluated. */
export async function evaluateShown({ rl }: Scope, { feed }: Channel, context: FlagContext): Promise<Record<string, FlagResult>> {
  const results = Object.entries(await rl.flags.evaluateAll(context));
  return Object.fromEntries(results.filter(([key]) => feed.shows(key)));
}
