import { ROUTES } from "../../src/protocol/wire";
import { takePage } from "../audiences/page";
import type { Channel } from "../hub";
import { badRequest } from "../http-error";
import { locate, pagingCheckpoint, readCheckpoint, type Standing } from "../locate";
import { bodyOf } from "../prepared-body";
import { writePull } from "../prepared";
import { pullLimitSchema } from "../schemas/sync-query";
import { channelOf, type App, type Scope } from "../scope";
import { wholePull } from "../whole-pull";

/** `GET /sync/pull`: the ruleset, or what changed in it since a checkpoint. */
export function pullRoute(app: App, scope: Scope): void {
  const { internals, hub, prepare } = scope;

  app.get(ROUTES.pull, async (c) => {
    const startedAt = performance.now();
    const timing = (): string => `pull;dur=${(performance.now() - startedAt).toFixed(1)}`;
    const sinceText = c.req.query("since");
    const limitText = c.req.query("limit");
    const limit = limitText === undefined ? undefined : pullLimitSchema.safeParse(limitText);
    if (limit?.success === false) throw badRequest("The limit is not a number from 1 to 999999.");
    const since = sinceText === undefined ? undefined : readCheckpoint(sinceText);

    const { audience } = c.get("access");
    let channel = channelOf(scope, c.get("access"));
    const again = (): Channel => (channel = hub.channel(audience) ?? channel);
    const standing = since && (await locate(since, again, internals));
    // From here to the answer nothing waits but the digest: the answer is of one position.
    const page = pageOf(channel, standing, limit?.data);
    if (page !== "whole") {
      return c.body(writePull(channel, page), 200, { ...JSON_TYPE, "cache-control": "no-store", "server-timing": timing() });
    }
    const { bytes, encoding, headers, isHeld } = await wholePull(c.req.raw, c.get("access"), channel, prepare);
    if (!since && isHeld) return c.body(null, 304, headers);
    const all = {
      ...JSON_TYPE,
      ...headers,
      ...(since && { "cache-control": "no-store" }),
      ...(encoding && { "content-encoding": encoding }),
      "server-timing": timing(),
    };
    const body = bodyOf(c.req.raw, bytes);
    return body ? c.body(body, 200, all) : c.body(null, 200, all);
  });
}

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

/** What is answered to a caller; `"whole"` is the whole ruleset at once. */
function pageOf(
  channel: Channel,
  standing: Standing | undefined,
  limit: number | undefined,
): Parameters<typeof writePull>[1] | "whole" {
  const { feed } = channel;
  // The pages of another process are not to be continued here; all at once ends the matter. Most ask for everything anyway.
  if (standing === "stranger" || (standing === undefined && limit === undefined)) return "whole";
  const present = feed.present();
  const paging = typeof standing === "object" && standing.paging;
  const known = paging ? feed.after(standing.seq) : typeof standing === "object" ? feed.since(standing.seq) : undefined;
  const entries = known ?? present;
  const reset = known === undefined;
  const taken = limit === undefined ? entries : takePage(entries, limit);
  if (taken.length === entries.length) return reset ? "whole" : { checkpoint: feed.position(), entries, more: false, reset };
  const seq = taken.at(-1)?.change.seq ?? 0;
  const checkpoint = feed.since(seq) ? { ...feed.position(), seq } : pagingCheckpoint(channel, seq);
  return { checkpoint, entries: taken, more: true, reset };
}
