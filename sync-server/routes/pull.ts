import { HEADERS, ROUTES } from "../../src/protocol/wire";
import { takePage } from "../audiences/page";
import type { Channel } from "../hub";
import { negotiate } from "../encodings";
import { badRequest } from "../http-error";
import { locate, pagingCheckpoint, readCheckpoint, type Standing } from "../locate";
import { bodyOf } from "../prepared-body";
import { createPreparer, writePull, type Prepared } from "../prepared";
import { pullLimitSchema } from "../schemas/sync-query";
import { channelOf, type App, type Scope } from "../scope";

/** `GET /sync/pull`: the ruleset, or what changed in it since a checkpoint. */
export function pullRoute(app: App, scope: Scope): void {
  const { internals, hub } = scope;
  const prepare = createPreparer();

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
    const whole = await prepare(channel);
    const shared = audience.kind === "client" ? "public" : "private";
    const encoding = whole.bytes.length < MIN_ENCODED_BYTES ? undefined : negotiate(c.req.header("accept-encoding"));
    const { bytes, etag } = encoding ? await whole.encoded(encoding) : whole;
    const headers = { etag, "cache-control": since ? "no-store" : `${shared}, no-cache`, vary: VARY[shared] };
    if (!since && matches(c.req.header("if-none-match"), whole)) return c.body(null, 304, headers);
    const body = bodyOf(c.req.raw, bytes);
    const all = { ...JSON_TYPE, ...headers, ...(encoding && { "content-encoding": encoding }), "server-timing": timing() };
    return body ? c.body(body, 200, all) : c.body(null, 200, all);
  });
}

/** A secret key's answer is for nobody else, and no cache is to keep it. */
const VARY = { public: `${HEADERS.clientKey}, Accept-Encoding`, private: "Authorization, Accept-Encoding" };
/** Shorter answers fit a packet as they are. */
const MIN_ENCODED_BYTES = 1024;
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

/** Whether the caller has these bytes, in whatever encoding. */
function matches(ifNoneMatch: string | undefined, { etag }: Prepared): boolean {
  const tags =
    ifNoneMatch?.split(",").map((tag) =>
      tag
        .trim()
        .replace(/^W\//, "")
        .replace(/-(?:br|gzip)"$/, '"'),
    ) ?? [];
  return tags.includes(etag) || tags.includes("*");
}
