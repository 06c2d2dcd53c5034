import type { FlagContext } from "../model/context";
import type { Change } from "../model/definition";
import type { SourceBatch } from "../ports/source";
import { toBase64 } from "../protocol/digests";
import { HEADERS, ROUTES, type PullResponse, type PushEntry, type PushResult } from "../protocol/wire";
import { readStream, type StreamHandlers } from "./event-stream";
import { requestJson, type HttpOptions } from "./http-request";
import { isAssignmentsResponse, isPullResponse, isPushResponse } from "./parse-answers";

export interface Source {
  /** Everything after `since`, or the whole ruleset for `null`, from all pages. */
  pull(since: string | null, signal: AbortSignal): Promise<SourceBatch & { readonly hash: string }>;
  stream(since: string | null, signal: AbortSignal, handlers: StreamHandlers): Promise<void>;
  /** @param isLast The page is going: what is sent is to outlive it. Browsers refuse that for bodies over 64 KiB in flight. */
  push(batch: readonly PushEntry[], signal: AbortSignal, isLast?: boolean): Promise<readonly PushResult[]>;
  /** The assignments that the server holds of the current user: flag key to variant key. */
  assignments(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
}

export interface HttpSourceOptions extends HttpOptions {
  /** Who asks; sent only where the user matters. */
  readonly user: () => FlagContext;
  readonly userHash?: string | undefined;
}

const after = (since: string | null): string => (since ? `?since=${encodeURIComponent(since)}` : "");

/** Talks to a sync server's handler over HTTP. Each call fails with `SyncError`, also where its signal aborts. */
export function createHttpSource(options: HttpSourceOptions): Source {
  function identity(): Record<string, string> {
    const bytes = new TextEncoder().encode(JSON.stringify(options.user()));
    const context = toBase64(bytes).replace(/[+/=]/g, (c) => "-_"["+/".indexOf(c)] ?? "");
    return { [HEADERS.context]: context, ...(options.userHash && { [HEADERS.userHash]: options.userHash }) };
  }

  return {
    async pull(since, signal) {
      let reset = !since;
      let changes: Change[] = [];
      for (let from = since; ;) {
        // Pages that do not go on are no answer.
        const accepts = (value: unknown): value is PullResponse =>
          isPullResponse(value) && !(value.more && value.checkpoint === from);
        const { more, ...page } = await requestJson(options, ROUTES.pull + after(from), accepts, signal);
        if (page.reset) {
          // The feed has started over, perhaps between two pages: what came before is of another one.
          reset = true;
          changes = [];
        }
        changes.push(...page.changes);
        if (!more) return { ...page, changes, reset };
        from = page.checkpoint;
      }
    },
    stream: (since, signal, handlers) => readStream(options, after(since), signal, handlers),
    async push(batch, signal, keepalive = false) {
      const headers = { ...identity(), "content-type": "application/json" };
      const init = { method: "POST", headers, body: JSON.stringify({ batch }), keepalive };
      return (await requestJson(options, ROUTES.push, isPushResponse, signal, init)).results;
    },
    async assignments(signal) {
      const init = { headers: identity() };
      return (await requestJson(options, ROUTES.assignments, isAssignmentsResponse, signal, init)).assignments;
    },
  };
}
