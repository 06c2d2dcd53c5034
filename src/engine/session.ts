import type { FlagContext } from "../model/context";
import type { UnitHash } from "./native-bucket";
import type { AssignmentSource, EngineOptions, EvaluateOptions } from "./types";

const NOTHING = {};

/** What one call to the engine works on. Kept and used again, so that an evaluation allocates nothing but its result. */
export class Session {
  context: FlagContext = NOTHING;
  attributes: Readonly<Record<string, unknown>> = NOTHING;
  /** The attributes inherit nothing but `Object.prototype`, so only its names want a check of ownership. */
  plain = true;
  environment: string | undefined = undefined;
  /** What `some` and `where` look into in place of the context. */
  root: unknown = undefined;
  /** The caller's default. */
  fallback: unknown = null;
  assignments: AssignmentSource | undefined = undefined;
  /** Names this call; what was worked out in it (segments, prerequisites) is good for it alone. */
  call = 0;
  busy = false;
  time: number | undefined = undefined;
  readonly unitHash: UnitHash = { unit: undefined, seed: 0, state: undefined };

  constructor(readonly options: EngineOptions) {}

  begin(context: FlagContext, options: EvaluateOptions | undefined, call: number): void {
    this.context = context ?? NOTHING;
    const { attributes, environment = this.options.environment } = this.context;
    this.attributes = typeof attributes === "object" ? (attributes ?? NOTHING) : NOTHING;
    const prototype: unknown = Object.getPrototypeOf(this.attributes);
    this.plain = prototype === Object.prototype || prototype === null;
    this.environment = environment;
    this.call = call;
    this.fallback = options?.defaultValue ?? null;
    this.assignments = options?.assignments ?? this.options.assignments;
    this.time = options?.now === undefined ? undefined : Number(options.now);
  }

  /** The time of this call; asked for once, and only if something depends on it. */
  now(): number {
    return (this.time ??= this.options.now());
  }
}
