import { HttpResponse } from "msw";
import { ConfigurationError } from "../../src/errors";
import { ROUTES, type ErrorBody } from "../../src/protocol/wire";

/** A part of the protocol. `flags` are those that evaluate at the server. */
export type SyncRoute = keyof typeof ROUTES | "flags";

/** What a request gets in place of its answer: `network`, as if there were none, or a status from 400 to 599. */
export type Fault =
  | number
  | "network"
  | {
      readonly status: number | "network";
      /** Written as `Retry-After`, in whole seconds, rounded up. */
      readonly retryAfterMs?: number;
      /** Which requests it is for. @defaultValue any */
      readonly route?: SyncRoute;
      /** How many of them fail. @defaultValue 1 */
      readonly times?: number;
    };

/** Faults that wait for their requests, first come, first served. */
export interface Faults {
  add(fault: Fault): void;
  /** The answer for a request that is to fail. */
  take(path: string): Response | undefined;
  clear(): void;
}

interface Waiting extends Exclude<Fault, number | "network"> {
  times: number;
}

export function createFaults(): Faults {
  const waiting = new Set<Waiting>();
  return {
    add(fault) {
      waiting.add(readFault(fault));
    },
    take(path) {
      const due = [...waiting].find(({ route }) => !route || route === routeOf(path));
      if (!due) return undefined;
      if (--due.times <= 0) waiting.delete(due);
      return refuse(due);
    },
    clear: () => waiting.clear(),
  };
}

const ROUTE_NAMES: readonly SyncRoute[] = [...(Object.keys(ROUTES) as (keyof typeof ROUTES)[]), "flags"];

function readFault(fault: Fault): Waiting {
  const given = typeof fault === "object" ? fault : { status: fault };
  const { status, retryAfterMs = 0, route, times = 1 } = given;
  const isStatus = status === "network" || (Number.isInteger(status) && status >= 400 && status <= 599);
  if (!isStatus) throw new ConfigurationError('status: must be a whole number from 400 to 599, or "network".');
  if (!(retryAfterMs >= 0)) throw new ConfigurationError("retryAfterMs: must be a number of milliseconds.");
  if (!Number.isInteger(times) || times < 1) throw new ConfigurationError("times: must be a whole number from 1 on.");
  if (route !== undefined && !ROUTE_NAMES.includes(route))
    throw new ConfigurationError(`route: must be one of ${ROUTE_NAMES.join(", ")}.`);
  return { ...given, times };
}

/** The codes that the server has for these. */
const CODES: Readonly<Record<number, string>> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  413: "PAYLOAD_TOO_LARGE",
  429: "TOO_MANY_REQUESTS",
  503: "UNAVAILABLE",
};

/** Answers as the server does where something is wrong. */
export function refuse({ status, retryAfterMs }: Pick<Waiting, "status" | "retryAfterMs">): Response {
  if (status === "network") return HttpResponse.error();
  const body: ErrorBody = {
    error: "The mock answers no better.",
    code: CODES[status] ?? (status < 500 ? "REFUSED" : "INTERNAL"),
  };
  const retry = retryAfterMs !== undefined && { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
  return Response.json(body, { status, headers: { "cache-control": "no-store", ...retry } });
}

function routeOf(path: string): SyncRoute | undefined {
  if (/^\/flags(\/|$)/.test(path)) return "flags";
  return Object.entries(ROUTES).find(([, route]) => route === path)?.[0] as SyncRoute | undefined;
}
