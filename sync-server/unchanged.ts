import { Hono } from "hono/tiny";
import { ROUTES } from "../src/protocol/wire";
import { concernsCors, createCors } from "./access/cors";
import type { Guard } from "./access/guard";
import { answerHeaders } from "./answer-headers";
import { channelOf, type Scope } from "./scope";
import { wholePull } from "./whole-pull";

type Told = Readonly<Record<string, string>>;

/**
 * The headers of the 304 that a request gets which asks for a whole ruleset and has it, as most do; `undefined` for any other
 * request, which is the handler's. A server on a socket answers these without a router, and what comes with it.
 */
export type Unchanged = (request: Request) => Promise<Told | undefined>;

/** Lets in whom the handler's guard lets in, and says what the handler says. */
export function createUnchanged(base: string, scope: Scope, guard: Guard): Unchanged {
  const { options, keyring, internals, prepare } = scope;
  const path = (base === "/" ? "" : base) + ROUTES.pull;
  const tellPages = createPageHeaders(scope);

  return async (request) => {
    const { method, headers } = request;
    if (method !== "GET" || headers.get("if-none-match") === null) return undefined;
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== path || searchParams.has("since") || searchParams.has("limit")) return undefined;
    try {
      const access = await guard(request);
      const whole = await wholePull(request, access, channelOf(scope, access), prepare);
      if (!whole.isHeld) return undefined;
      const told = concernsCors(options.cors, keyring) ? await tellPages(request, whole.headers) : whole.headers;
      return { ...told, ...answerHeaders(internals) };
    } catch {
      // The handler comes to the same end, and has words for it.
      return undefined;
    }
  };
}

/** So many origins are remembered at a time. */
const KNOWN_ORIGINS = 1_000;

/** Adds what browsers are told about pages of other origins: the same for each request from one origin, until keys change. */
function createPageHeaders({ options, keyring }: Scope): (request: Request, told: Told) => Promise<Told> {
  const app = new Hono<{ readonly Bindings: { readonly told: Told } }>()
    .use(createCors(options.cors, keyring))
    .get("*", (c) => c.body(null, 304, c.env.told));
  // Whom a function names may change at any time.
  const isSteady = typeof options.cors?.origin !== "function";
  const known = new Map<string, Told>();
  let revision = keyring.revision();

  return async (request, told) => {
    if (keyring.revision() !== revision || known.size >= KNOWN_ORIGINS) known.clear();
    revision = keyring.revision();
    const id = JSON.stringify([request.headers.get("origin"), told]);
    const found = known.get(id) ?? Object.fromEntries((await app.fetch(request, { told })).headers);
    if (isSteady) known.set(id, found);
    return found;
  };
}
