import type { FlagContext } from "../../src/model/context";
import type { FlagResult } from "../../src/model/result";
import type { Access } from "../access/keyring";
import { identify } from "../caller";
import type { App, Scope } from "../scope";
import { encodeEvent, STREAM_HEADERS, type Connection } from "../sse";
import { evaluateShown } from "./flags";

/**
 * `GET /flags/stream`: evaluated flags for the caller's context. The first event holds all of them, each later one those
 * whose result a commit has changed, `{flags, removed, ts}`.
 */
export function flagStreamRoute(app: App, scope: Scope): void {
  app.get("/flags/stream", async (c) => {
    const { context } = await identify(c, scope);
    if (c.req.method === "HEAD") return c.body(null, 200, STREAM_HEADERS);
    const connection = follow(scope, c.get("access"), context);
    c.req.raw.signal.addEventListener("abort", connection.close, { once: true });
    return c.body(connection.body, 200, STREAM_HEADERS);
  });
}

function follow(scope: Scope, access: Access, context: FlagContext): Connection {
  let told: ReadonlyMap<string, string> | undefined;
  let open = true;
  let asked = false;
  let busy = false;
  let release = (): void => undefined;

  /** Commits that arrive while flags are being evaluated are told of together. */
  async function tell(): Promise<void> {
    asked = true;
    if (busy) return;
    busy = true;
    try {
      for (; asked && open;) {
        asked = false;
        if (connection.full()) connection.close();
        else send(await evaluateShown(scope, access, context));
      }
    } catch (error) {
      scope.internals.log("error", "A stream of flags was ended, because they could not be evaluated.", { error });
      connection.close();
    } finally {
      busy = false;
    }
  }

  function send(results: Readonly<Record<string, FlagResult>>): void {
    const now = new Map(
      Object.entries(results).map(([key, { evaluatedAt, ...rest }]) => (void evaluatedAt, [key, JSON.stringify(rest)])),
    );
    const changed = [...now].filter(([key, json]) => told?.get(key) !== json);
    const removed = [...(told?.keys() ?? [])].filter((key) => !now.has(key));
    if (told && changed.length + removed.length === 0) return;
    told = now;
    const flags = Object.fromEntries(changed.map(([key]) => [key, results[key]]));
    connection.send(encodeEvent({ data: JSON.stringify({ flags, removed, ts: scope.internals.clock.now() }) }));
  }

  const connection = scope.hub.open(
    () => void tell(),
    () => {
      open = false;
      release();
    },
  );
  release = scope.keyring.watch(access, connection.close);
  void tell();
  return connection;
}
