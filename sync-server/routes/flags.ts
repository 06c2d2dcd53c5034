import { FlagNotFoundError } from "../../src/errors";
import type { FlagContext } from "../../src/model/context";
import type { FlagResult } from "../../src/model/result";
import type { Access } from "../access/keyring";
import { identify } from "../caller";
import { channelOf, type App, type Scope } from "../scope";

const NO_STORE = { "cache-control": "no-store" };

/** `GET /flags` and `GET /flags/:key`: flags evaluated here, for callers that have no engine. */
export function flagRoutes(app: App, scope: Scope): void {
  app.get("/flags", async (c) => {
    const { context } = await identify(c, scope);
    const flags = await evaluateShown(scope, c.get("access"), context);
    return c.json({ flags, ts: scope.internals.clock.now() }, 200, NO_STORE);
  });

  app.get("/flags/:key", async (c) => {
    const key = c.req.param("key");
    const { context } = await identify(c, scope);
    if (!channelOf(scope, c.get("access")).feed.shows(key)) throw new FlagNotFoundError(key);
    const trace = c.req.query("trace") === "true";
    const result = await scope.rl.flags.evaluate(key, context, { trace });
    const told = c.get("access").audience.hashed ? withoutDetails(result) : result;
    return c.json({ ...told, ts: scope.internals.clock.now() }, 200, NO_STORE);
  });
}

/** A trace's details say what conditions compare with, which is not for everybody. */
function withoutDetails({ trace, ...result }: FlagResult): FlagResult {
  if (!trace) return result;
  return { ...result, trace: { ...trace, steps: trace.steps.map(({ step, name, matched }) => ({ step, name, matched })) } };
}

/** Every flag that the caller may see, evaluated. */
export async function evaluateShown(scope: Scope, access: Access, context: FlagContext): Promise<Record<string, FlagResult>> {
  const results = Object.entries(await scope.rl.flags.evaluateAll(context));
  const { feed } = channelOf(scope, access);
  return Object.fromEntries(results.filter(([key]) => feed.shows(key)));
}
