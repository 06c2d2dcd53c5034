import { MAX_PUSH_ENTRIES, ROUTES, type PushEntry, type PushErrorCode, type PushResult } from "../../src/protocol/wire";
import type { Flag } from "../../src/model/flag";
import { identify, maySpeakFor, type Caller } from "../caller";
import { badRequest, HttpError } from "../http-error";
import type { Channel } from "../hub";
import { readJson } from "../read-body";
import { pushEntrySchema, pushRequestSchema } from "../schemas/push-entry";
import { channelOf, type App, type Scope } from "../scope";

/** `POST /sync/push`: facts from the edge, each with a verdict of its own. */
export function pushRoute(app: App, scope: Scope): void {
  app.post(ROUTES.push, async (c) => {
    const request = pushRequestSchema.safeParse(await readJson(c.req.raw, scope.options.maxBodyBytes));
    if (!request.success) throw badRequest("A push is {batch: [...]}.");
    const { batch } = request.data;
    if (batch.length > MAX_PUSH_ENTRIES) {
      throw new HttpError(413, "PAYLOAD_TOO_LARGE", `A push holds at most ${MAX_PUSH_ENTRIES} entries.`);
    }
    const caller = await identify(c, scope);
    const channel = channelOf(scope, c.get("access"));

    const verdicts: (PushResult | undefined)[] = [];
    const accepted: PushEntry[] = [];
    for (const sent of batch) {
      const parsed = pushEntrySchema.safeParse(sent);
      const error = parsed.success ? refusal(parsed.data, caller, channel, scope) : "malformed";
      verdicts.push(error && { id: idOf(sent), status: "rejected", error });
      // Ids are compared as numbers by databases, whose spelling is lower case.
      if (parsed.success && !error) accepted.push({ ...parsed.data, id: parsed.data.id.toLowerCase() });
    }
    if (accepted.length < batch.length) scope.internals.meter?.refused(batch.length - accepted.length);
    const applied = accepted.length > 0 ? await scope.internals.push(accepted) : [];
    let next = 0;
    const results = verdicts.map((verdict, index) => verdict ?? { ...(applied[next++] as PushResult), id: idOf(batch[index]) });
    return c.json({ results }, 200, { "cache-control": "no-store" });
  });
}

/** Why an entry is not even tried. */
function refusal(entry: PushEntry, caller: Caller, { feed }: Channel, { internals }: Scope): PushErrorCode | undefined {
  if (entry.type === "event") return entry.unit === null || maySpeakFor(caller, "userId", entry.unit) ? undefined : "forbidden";
  if (!feed.holds(entry.flagKey)) return "unknown_flag";
  const flag = internals.feed.get("flag", entry.flagKey)?.doc as Flag | undefined;
  const dimension = flag?.rollout?.hashKey ?? "userId";
  const own = entry.type === "impression" && entry.unit === caller.context.userId;
  return own || maySpeakFor(caller, dimension, entry.unit) ? undefined : "forbidden";
}

function idOf(sent: unknown): string {
  const id = typeof sent === "object" && sent !== null && "id" in sent ? sent.id : undefined;
  return typeof id === "string" ? id.slice(0, 64) : "";
}
