/*
 * As much of OpenFeature's types as is used here, so that no version of its SDKs is asked for. What is made of them is
 * assignable to the `Provider` and the `Hook` of `@openfeature/server-sdk` and `@openfeature/web-sdk`.
 */

/** OpenFeature's evaluation context: the unit as `targetingKey`, and anything else beside it. */
export interface OpenFeatureContext {
  readonly targetingKey?: string | undefined;
  readonly [field: string]: unknown;
}

/** A value, and why it is what it is. Where there is none, resolving throws an error that has a `code`. */
export interface Resolution<T> {
  value: T;
  reason: string;
  variant?: string;
  /** `rolleaseReason`, and, where they are known, `ruleId`, the flag's `version` and the `checkpoint` of the ruleset. */
  flagMetadata: Record<string, string | number | boolean>;
}

/** What is told with an event. */
export interface ProviderEventDetails {
  readonly message?: string;
  /** The flags that are, or may be, other than before. */
  readonly flagsChanged?: string[];
  readonly metadata?: Record<string, string | number | boolean>;
}

/** Called with what is told of an event, and with what the SDK adds. */
export type ProviderEventHandler = (details?: object) => unknown;

/** The emitter that the SDKs listen to. A handler that throws keeps no other from being called. */
export interface ProviderEvents {
  emit(event: string, details?: ProviderEventDetails): void;
  /** Handlers may want to know more of the details than is known here. */
  addHandler(event: string, handler: (details?: never) => unknown): void;
  removeHandler(event: string, handler: (details?: never) => unknown): void;
  removeAllHandlers(event?: string): void;
  getHandlers(event: string): ProviderEventHandler[];
  /** Where handlers that throw are told of. */
  setLogger(logger: { error(...args: unknown[]): void }): this;
}

export interface ProviderOptions<H> {
  /** Hooks that every evaluation by this provider runs through, as {@link createTelemetryHook} makes one. */
  readonly hooks?: readonly H[];
  /** Told of what goes wrong where nobody waits for it: an event that is not stored. @defaultValue `console.error` */
  readonly onError?: (error: unknown) => void;
}

interface CommonProvider<H> {
  readonly metadata: { readonly name: "rollease" };
  readonly hooks: H[];
  readonly events: ProviderEvents;
  /** Resolves when there is a ruleset to evaluate on. @throws an error with a `code`, where there is none to be had */
  initialize(context?: OpenFeatureContext): Promise<void>;
  /** Lets go of what it was made of, which stays open, after what was tracked is delivered. It can be initialized again. */
  onClose(): Promise<void>;
  /** Records an event. `details.value` is its number, everything else its metadata. */
  track(
    event: string,
    context: OpenFeatureContext,
    details?: { readonly value?: number; readonly [field: string]: unknown },
  ): void;
}

/** A provider for `@openfeature/server-sdk`. */
export interface RolleaseProvider<H = never> extends CommonProvider<H> {
  readonly runsOn: "server";
  resolveBooleanEvaluation(flagKey: string, defaultValue: boolean, context: OpenFeatureContext): Promise<Resolution<boolean>>;
  resolveStringEvaluation(flagKey: string, defaultValue: string, context: OpenFeatureContext): Promise<Resolution<string>>;
  resolveNumberEvaluation(flagKey: string, defaultValue: number, context: OpenFeatureContext): Promise<Resolution<number>>;
  resolveObjectEvaluation<T>(flagKey: string, defaultValue: T, context: OpenFeatureContext): Promise<Resolution<T>>;
}

/** A provider for `@openfeature/web-sdk`. */
export interface RolleaseWebProvider<H = never> extends CommonProvider<H> {
  readonly runsOn: "client";
  /** A client evaluates for one user, and so one domain. */
  readonly domainScoped: true;
  /** Evaluates for somebody else from now on. Resolves when that user's assignments are loaded. */
  onContextChange(oldContext: OpenFeatureContext, newContext: OpenFeatureContext): Promise<void>;
  resolveBooleanEvaluation(flagKey: string, defaultValue: boolean): Resolution<boolean>;
  resolveStringEvaluation(flagKey: string, defaultValue: string): Resolution<string>;
  resolveNumberEvaluation(flagKey: string, defaultValue: number): Resolution<number>;
  resolveObjectEvaluation<T>(flagKey: string, defaultValue: T): Resolution<T>;
}
