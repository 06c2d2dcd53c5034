import { ROUTES } from "../../src/protocol/wire";
import type { Channel } from "../hub";
import { locate, readCheckpoint } from "../locate";
import { channelOf, type App, type Scope } from "../scope";
import { STREAM_HEADERS } from "../sse";

/** `GET /sync/stream`: one event with all that happened since a checkpoint, and then one for each commit. */
export function streamRoute(app: App, scope: Scope): void {
  const { hub, internals, keyring } = scope;
  app.get(ROUTES.stream, async (c) => {
    const text = c.req.header("last-event-id") || c.req.query("since");
    const since = text === undefined ? undefined : readCheckpoint(text);
    const access = c.get("access");
    let channel = channelOf(scope, access);
    const again = (): Channel => (channel = hub.channel(access.audience) ?? channel);
    const standing = since ? await locate(since, again, internals) : "start";
    if (c.req.method === "HEAD") return c.body(null, 200, STREAM_HEADERS);

    const seq = typeof standing === "object" && !standing.paging ? standing.seq : standing === "start" ? standing : "nowhere";
    let release = (): void => undefined;
    const connection = hub.stream(channel, seq, () => release());
    release = keyring.watch(access, connection.close);
    c.req.raw.signal.addEventListener("abort", connection.close, { once: true });
    return c.body(connection.body, 200, STREAM_HEADERS);
  });
}
