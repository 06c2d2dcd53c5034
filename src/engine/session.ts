import type { FlagContext } from "../model/context";
import type { EngineOptions, EvaluateOptions } from "./types";

/** What one call to the engine works on. Kept and used again, so that a call allocates nothing but its results. */
export interface Session {
  readonly engine: EngineOptions;
  context: FlagContext;
  /** What the caller asked for. */
  options: EvaluateOptions;
  /** The caller's default. */
  fallback: unknown;
  /** Names this call: what was worked out in it (readings, segments, prerequisites) is good for it alone. */
  call: number;
  isBusy: boolean;
  /** What `some` and `where` look into in place of the context. */
  root: unknown;
}

const NOTHING = {};
let calls = 0;

export function createSession(engine: EngineOptions): Session {
  return { engine, context: NOTHING, options: NOTHING, fallback: null, call: 0, isBusy: false, root: undefined };
}

export function beginCall(s: Session, context: FlagContext, options: EvaluateOptions = NOTHING): Session {
  s.context = context ?? NOTHING;
  s.options = options;
  s.fallback = options.defaultValue ?? null;
  s.call = ++calls;
  s.isBusy = true;
  return s;
}

/** Does something with another root. It counts as a call of its own, since names mean something else then. */
export function withRoot<T>(s: Session, value: unknown, work: () => T): T {
  const { root, call } = s;
  s.root = value;
  s.call = ++calls;
  const result = work();
  s.root = root;
  s.call = call;
  return result;
}

/** The environment that the call is about. */
export function environmentOf({ context, engine }: Session): string | undefined {
  return context.environment ?? engine.environment;
}

/** Sticky assignments: the call's, else the engine's. */
export function assignmentsOf({ options, engine }: Session): EngineOptions["assignments"] {
  return options.assignments ?? engine.assignments;
}
