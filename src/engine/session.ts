import type { FlagContext } from "../model/context";
import type { UnitHash } from "./native-bucket";
import type { AssignmentSource, EngineOptions, EvaluateOptions } from "./types";

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze(Object.create(null) as Record<string, unknown>);

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
  readonly unitHash: UnitHash = { unit: "", state: undefined };
  #now = Number.NaN;

  constructor(readonly options: EngineOptions) {}

  begin(context: FlagContext, options: EvaluateOptions | undefined, call: number): void {
    const given: FlagContext = isRecord(context) ? context : NOTHING;
    this.context = given;
    const attributes = given.attributes;
    if (isRecord(attributes)) {
      this.attributes = attributes;
      const prototype: unknown = Object.getPrototypeOf(attributes);
      this.plain = prototype === Object.prototype || prototype === null;
    } else {
      this.attributes = NOTHING;
      this.plain = true;
    }
    this.environment = given.environment ?? this.options.environment;
    this.root = undefined;
    this.call = call;
    if (options === undefined) {
      this.fallback = null;
      this.assignments = this.options.assignments;
      this.#now = Number.NaN;
    } else {
      this.fallback = options.defaultValue === undefined ? null : options.defaultValue;
      this.assignments = options.assignments ?? this.options.assignments;
      this.#now = options.now === undefined ? Number.NaN : Number(options.now);
    }
  }

  /** The time of this call; asked for once, and only if something depends on it. */
  now(): number {
    if (Number.isNaN(this.#now)) this.#now = this.options.now();
    return this.#now;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
