import type { FlagResult } from "./result";

/**
 * The flags that an app knows when it is compiled: each key with the type of its value. Empty, and then any key is taken
 * and nothing is known of its value, until the app adds its own, in a file that imports or exports something:
 *
 * ```ts
 * import "rollease";
 *
 * declare module "rollease" {
 *   interface FlagRegistry {
 *     "new-checkout": boolean;
 *     "max-items": number;
 *   }
 * }
 * ```
 */
export interface FlagRegistry {}

/** `Typed` where flags are registered, else `Untyped`. */
export type WhenRegistered<Typed, Untyped> = keyof FlagRegistry extends never ? Untyped : Typed;

/** The key of a flag to evaluate: one of those registered, where any are. A key that is known at run time alone is passed `as FlagKey`. */
export type FlagKey = WhenRegistered<Extract<keyof FlagRegistry, string>, string>;

/** The type of a flag's value; `unknown` where no flags are registered. */
export type FlagValueOf<K extends FlagKey> = K extends keyof FlagRegistry ? FlagRegistry[K] : unknown;

/** Values by flag key. A registered flag has none where it is not there (yet). */
export type FlagValues = WhenRegistered<{ [K in keyof FlagRegistry]?: FlagRegistry[K] }, Record<string, unknown>>;

/** Results by flag key. A registered flag has none where it is not there (yet). */
export type FlagResults = WhenRegistered<{ [K in keyof FlagRegistry]?: FlagResult<FlagRegistry[K]> }, Record<string, FlagResult>>;
