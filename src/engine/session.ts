import type { FlagContext } from "../model/context";
import { startHash } from "./murmur3";
import type { UnitHash } from "./native-bucket";
import type { AssignmentSource, EngineOptions, EvaluateOptions } from "./types";

const NOTHING = {};

/** What one call to the engine works on. Kept and used again, so that an evaluation allocates nothing but its result. */
export class Session {
  context: FlagContext = NOTHING;
  /** Inherits nothing but `Object.prototype`, so that only its names want a check of ownership. */
  attributes: Readonly<Record<string, unknown>> = NOTHING;
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
    const { attributes, environment = this.options.environment } = context;
    this.context = context;
    this.attributes = typeof attributes === "object" && attributes ? withoutInheritance(attributes) : NOTHING;
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

function withoutInheritance<T extends object>(holder: T): T {
  const prototype: unknown = Object.getPrototypeOf(holder);
  return prototype === Object.prototype || prototype === null ? holder : { ...holder };
}
