import type { FlagContext } from "../model/context";
import type { EngineOptions, EvaluateOptions } from "./types";

/** What one call to the engine works on. Kept and used again, so that a call allocates nothing but its results. */
export interface Session {
  readonly engine: EngineOptions;
  context: FlagContext;
  /** What the caller asked for. */
  options: EvaluateOptions;
  /** Names this call: what was worked out in it is good for it alone. */
  call: number;
  isBusy: boolean;
  /** Milliseconds since 1970, once something has asked. */
  time: number | undefined;
  /** The context's, once something has asked. They inherit nothing but `Object.prototype`, of which only the names want care. */
  attributes: Readonly<Record<string, unknown>> | undefined;
  /** Told what is looked at, what was met, and whether that was as asked for. */
  log: ((about: unknown, actual: unknown, held: boolean) => void) | undefined;
  /** What `some` and `where` look into in place of the context. */
  root: unknown;
}

const NOTHING = {};
let calls = 0;

export function createSession(engine: EngineOptions): Session {
  return {
    engine,
    context: NOTHING,
    options: NOTHING,
    call: 0,
    isBusy: false,
    attributes: undefined,
    time: undefined,
    log: undefined,
    root: undefined,
  };
}

export function beginCall(s: Session, context: FlagContext, options: EvaluateOptions = NOTHING): Session {
  s.context = context ?? NOTHING;
  s.options = options;
  s.call = ++calls;
  s.isBusy = true;
  s.time = s.log = s.attributes = undefined;
  return s;
}

/** Does something with another root, as a call of its own: what names mean there is good for that root alone. */
export function withRoot<T>(s: Session, root: unknown, work: (s: Session) => T): T {
  const { root: outer, call } = s;
  s.root = root;
  s.call = ++calls;
  try {
    return work(s);
  } finally {
    s.root = outer;
    s.call = call;
  }
}

export function attributesOf(s: Session): NonNullable<Session["attributes"]> {
  return (s.attributes ??= withoutInheritance(s.context.attributes));
}

function withoutInheritance(given: FlagContext["attributes"]): NonNullable<Session["attributes"]> {
  const found = given ?? NOTHING;
  return Object.getPrototypeOf(found) === Object.prototype ? found : { ...found };
}

/** The environment that the call is about. */
export function environmentOf({ context, engine }: Session): string | undefined {
  return context.environment ?? engine.environment;
}

/** Sticky assignments: the call's, else the engine's. */
export function assignmentsOf({ options, engine }: Session): EngineOptions["assignments"] {
  return options.assignments ?? engine.assignments;
}
