import type { FlagContext } from "../model/context";
import { startHash } from "./murmur3";
import type { UnitHash } from "./native-bucket";
import type { AssignmentSource, EngineOptions, EvaluateOptions } from "./types";

type Attributes = Readonly<Record<string, unknown>>;
const NOTHING = {};

/** What one call to the engine works on. Kept and used again, so that an evaluation allocates nothing but its result. */
export class Session {
  context: FlagContext = NOTHING;
  /** What `attributes` found out in this call. */
  private known: Attributes | undefined;
  environment: string | undefined;
  /** What `some` and `where` look into in place of the context. */
  root: unknown;
  /** The caller's default. */
  fallback: unknown = null;
  assignments: AssignmentSource | undefined;
  /** Names this call; what was worked out in it (segments, prerequisites) is good for it alone. */
  call = 0;
  isBusy = false;
  time: number | undefined;
  readonly unitHash: UnitHash = { unit: undefined, seed: 0, state: startHash(0) };

  constructor(readonly options: EngineOptions) {}

  begin(given: FlagContext, options: EvaluateOptions | undefined, call: number): void {
    const context = given ?? NOTHING;
    this.context = context;
    this.known = undefined;
    this.environment = context.environment ?? this.options.environment;
    this.call = call;
    this.fallback = options?.defaultValue ?? null;
    this.assignments = options?.assignments ?? this.options.assignments;
    this.time = options?.now === undefined ? undefined : Number(options.now);
  }

  /** They inherit nothing but `Object.prototype`, so that only its names want a check of ownership. */
  attributes(): Attributes {
    return (this.known ??= withoutInheritance(this.context.attributes));
  }

  /** The time of this call; asked for once, and only if something depends on it. */
  now(): number {
    return (this.time ??= this.options.now());
  }
}

/** Answers the kept session, or a fresh one where a call is under way: a getter of a context may call back. */
export function createSessions(
  options: EngineOptions,
): (context: FlagContext, callOptions: EvaluateOptions | undefined) => Session {
  const kept = new Session(options);
  let calls = 0;
  return (context, callOptions) => {
    const session = kept.isBusy ? new Session(options) : kept;
    session.begin(context, callOptions, ++calls);
    session.isBusy = true;
    return session;
  };
}

function withoutInheritance(holder: FlagContext["attributes"]): Attributes {
  if (typeof holder !== "object" || !holder) return NOTHING;
  const prototype: unknown = Object.getPrototypeOf(holder);
  return prototype === Object.prototype || prototype === null ? holder : { ...holder };
}
