import { z } from "zod";
import { HEADERS, ROUTES } from "../../src/protocol/wire";
import { takePage } from "../audiences/page";
import type { Channel } from "../hub";
import { badRequest } from "../http-error";
import { locate, pagingCheckpoint, readCheckpoint, type Standing } from "../locate";
import { createPreparer, writePull, type Prepared } from "../prepared";
import { channelOf, type App, type Scope } from "../scope";

const limitSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,5}$/)
  .transform(Number);

/** `GET /sync/pull`: the ruleset, or what changed in it since a checkpoint. */
export function pullRoute(app: App, scope: Scope): void {
  const { audience, internals, hub } = scope;
  const prepare = createPreparer(audience.environment);
  const vary = `${HEADERS.clientKey}, Accept-Encoding`;

  app.get(ROUTES.pull, async (c) => {
    const sinceText = c.req.query("since");
    const limitText = c.req.query("limit");
    const limit = limitText === undefined ? undefined : limitSchema.safeParse(limitText);
    if (limit?.success === false) throw badRequest("The limit is not a number from 1 to 999999.");
    const since = sinceText === undefined ? undefined : readCheckpoint(sinceText);

    let channel = await channelOf(scope);
    const again = (): Channel => (channel = hub.channel(audience) ?? channel);
    const standing = since && (await locate(since, again, internals));
    // From here to the answer nothing waits but the digest: the answer is of one position.
    const page = pageOf(channel, standing, limit?.data);
    if (page !== "whole") {
      return c.body(writePull(channel, audience.environment, page), 200, { ...JSON_TYPE, "cache-control": "no-store" });
    }
    const whole = await prepare(channel);
    const headers = { etag: whole.etag, "cache-control": since ? "no-store" : "public, no-cache", vary };
    if (!since && matches(c.req.header("if-none-match"), whole)) return c.body(null, 304, headers);
    return c.body(whole.bytes, 200, { ...JSON_TYPE, ...headers });
  });
}

const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };

/** What is answered to a caller; `"whole"` is the whole ruleset at once. */
function pageOf(
  channel: Channel,
  standing: Standing | undefined,
  limit: number | undefined,
): Parameters<typeof writePull>[2] | "whole" {
  const { feed } = channel;
  const present = feed.present();
  // The pages of another process are not to be continued here; all at once ends the matter.
  if (standing === "stranger") return "whole";
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

/** Whether the caller has these bytes. */
function matches(ifNoneMatch: string | undefined, { etag }: Prepared): boolean {
  const tags = ifNoneMatch?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  return tags.includes(etag) || tags.includes("*");
}
