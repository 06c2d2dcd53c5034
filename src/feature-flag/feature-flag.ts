import { isOn, valueOf, write } from "./answer";
import { type FlagErrorListener, currentFake, setBackend, setErrorListener, setFake } from "./backend";
import { FeatureFlagFake } from "./feature-flag-fake";
import { ScopedFeatureFlag } from "./scoped-feature-flag";
import type { FlagContext, FlagProvider, FlagStore, FlagValue } from "./types";

/** Flags from anywhere in an app, without anything to pass along. What it is configured with holds for the whole process. */
export class FeatureFlag {
  /** Asks on behalf of a user or an organization. */
  static for(context: FlagContext): ScopedFeatureFlag {
    return new ScopedFeatureFlag(context);
  }

  /** The same as `isEnabled`. */
  static async active(flag: string, request?: Request): Promise<boolean> {
    return isOn({ flag, request });
  }

  /**
   * Whether a flag is on: `true`, the text `"true"`, a number above 0 and an object are; everything else and a missing flag are not.
   *
   * @param request - is asked first for what {@link FeatureFlagMiddleware} has read for it
   * @throws FlagStoreNotConfiguredError where there is nothing to ask. ConfigurationError where a provider cannot work at all. Any other
   * failure of a provider means off; `onError` hears of it.
   */
  static async isEnabled(flag: string, request?: Request): Promise<boolean> {
    return isOn({ flag, request });
  }

  /**
   * A flag's value.
   *
   * @param defaultValue - is answered for a missing flag
   * @throws FlagNotFoundError for a missing flag without a default; FlagStoreNotConfiguredError; whatever the provider throws
   */
  static async value<T>(flag: string, defaultValue?: T): Promise<T | null> {
    return valueOf({ flag }, defaultValue);
  }

  /**
   * A flag's value.
   *
   * @param request - is asked first for what {@link FeatureFlagMiddleware} has read for it
   * @throws FlagNotFoundError for a missing flag; FlagStoreNotConfiguredError; whatever the provider throws
   */
  static async getValue<T extends FlagValue>(flag: string, request?: Request): Promise<T | null> {
    return valueOf<T>({ flag, request });
  }

  /**
   * Writes to the store, or to a provider that keeps flags itself. What a request has read ahead stays as it was.
   *
   * @throws FlagStoreNotConfiguredError where there is none, or a provider that is read-only; ValidationError for a flag
   * without a name and for a value that is none; whatever the store throws
   */
  static async set<T extends FlagValue>(flag: string, value: T): Promise<void> {
    return write(flag, value);
  }

  /** Reads from and writes to a store. Takes the place of any provider. @throws ConfigurationError for what is no store */
  static configure(flagStore: FlagStore): void {
    setBackend({ store: flagStore });
  }

  /** Asks a provider. Takes the place of any store. @throws ConfigurationError for what is no provider */
  static configureProvider(flagProvider: FlagProvider): void {
    setBackend({ provider: flagProvider });
  }

  /** Asks a provider, and writes to a store. @throws ConfigurationError for what is neither */
  static configureProviderWithStore(flagProvider: FlagProvider, flagStore: FlagStore): void {
    setBackend({ provider: flagProvider, store: flagStore });
  }

  /** Who hears of the failures that `isEnabled`, caches and the middleware contain; `undefined` for nobody, as at first. */
  static onError(listener: FlagErrorListener | undefined): void {
    setErrorListener(listener);
  }

  /** From now on these flags answer, and nothing else does: no provider, no store, no request. */
  static fake(flags: Record<string, FlagValue>): void {
    setFake(new FeatureFlagFake(flags));
  }

  /** Ends `fake`, and takes away what was configured. */
  static restore(): void {
    setFake(undefined);
    setBackend({});
  }

  /** Fails unless the flag was asked for since `fake`. @throws Error also where `fake` was not called */
  static assertChecked(flag: string): void {
    const fake = currentFake();
    if (!fake) throw new Error("FeatureFlag.assertChecked needs FeatureFlag.fake before it.");
    if (fake.wasChecked(flag)) return;
    throw new Error(`Expected the flag "${flag}" to be checked. Checked flags: ${fake.checkedFlags().join(", ") || "none"}.`);
  }
}
