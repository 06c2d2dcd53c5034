import type { Context } from "hono";
import type { Hono } from "hono/tiny";
import type { RolleaseCore, ServerInternals } from "../src/server/types";
import type { Channel, Hub } from "./hub";
import { unavailable } from "./http-error";
import type { HandlerOptions } from "./options";
import type { Audience } from "./audiences/project";

/** What every route of one handler shares. */
export interface Scope {
  readonly rl: RolleaseCore;
  readonly internals: ServerInternals;
  readonly hub: Hub;
  readonly options: HandlerOptions;
  readonly audience: Audience;
}

/** Where routes are registered. */
export type App = Pick<Hono, "use" | "get" | "post" | "put" | "patch" | "delete">;
export type Exchange = Context;

/** How long a request waits for the server to get its first ruleset, in milliseconds. */
const FIRST_LOAD_MS = 5_000;

/** The caller's channel, once the server has a ruleset. @throws 503 while it cannot get one. */
export async function channelOf({ rl, internals, hub, audience }: Scope): Promise<Channel> {
  let channel = hub.channel(audience);
  if (!channel) {
    await within(internals.clock, FIRST_LOAD_MS, rl.ready()).catch(() => undefined);
    channel = hub.channel(audience);
  }
  if (!channel) throw unavailable("The server has no ruleset yet.");
  return channel;
}

/** Resolves with the work's answer, or rejects when it has taken too long. */
export function within<T>(clock: ServerInternals["clock"], ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.setTimer(() => reject(new Error(`Took longer than ${ms} ms.`)), ms);
    work.then(resolve, reject).finally(stop);
  });
}
