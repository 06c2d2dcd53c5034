import type { Context } from "hono";
import type { Hono } from "hono/tiny";
import type { RolleaseCore, ServerInternals } from "../src/server/types";
import type { Channel, Hub } from "./hub";
import { unavailable } from "./http-error";
import type { HandlerOptions } from "./options";
import type { Access, Keyring } from "./access/keyring";
import type { Prepared } from "./prepared";

/** What every route of one handler shares. */
export interface Scope {
  readonly rl: RolleaseCore;
  readonly internals: ServerInternals;
  readonly hub: Hub;
  readonly options: HandlerOptions;
  readonly keyring: Keyring;
  /** Writes a channel's whole ruleset, once for each position. */
  readonly prepare: (channel: Channel) => Promise<Prepared>;
}

/** What a request carries along, once it has been let in. */
export interface Env {
  readonly Variables: { readonly access: Access };
}

/** Where routes are registered. */
export type App = Pick<Hono<Env>, "use" | "get" | "post" | "put" | "patch" | "delete">;
export type Exchange = Context<Env>;

/** How long a request waits for the server to get its first ruleset, in milliseconds. */
const FIRST_LOAD_MS = 5_000;

/** Waits for the server's first ruleset, with which its keys come. @throws 503 while it cannot get one */
export async function loaded(rl: RolleaseCore, { clock, feed }: ServerInternals): Promise<void> {
  if (!feed.position()) await within(clock, FIRST_LOAD_MS, rl.ready()).catch(() => undefined);
  if (!feed.position()) throw unavailable("The server has no ruleset yet.");
}

/** The caller's channel. @throws 503 while the server has no ruleset. */
export function channelOf({ hub }: Pick<Scope, "hub">, { audience }: Access): Channel {
  const channel = hub.channel(audience);
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
