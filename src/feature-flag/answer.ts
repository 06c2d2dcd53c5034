import { FlagNotFoundError, isRolleaseError } from "../errors";
import { currentBackend, currentFake, report } from "./backend";
import { FlagStoreNotConfiguredError } from "./errors";
import { isTruthy, toJson } from "./flag-value";
import { hasMethods } from "./has-methods";
import { getRequestCache } from "./request-cache";
import type { FlagContext, FlagProvider, FlagStore, FlagValue } from "./types";

/** A flag, and for whom or during which request it is asked for. */
interface Question {
  readonly flag: string;
  readonly context?: FlagContext | undefined;
  readonly request?: Request | undefined;
}

/** Whether a flag is on. @throws FlagStoreNotConfiguredError, ConfigurationError; every other failure means off */
export async function isOn(question: Question): Promise<boolean> {
  try {
    return isTruthy(await read(question));
  } catch (error) {
    // What is not set up right would be off for ever, and nobody would know why.
    if (isRolleaseError(error) && error.code === "CONFIGURATION") throw error;
    report(error, question.flag);
    return false;
  }
}

/** A flag's value. @throws FlagNotFoundError where there is none, nor a default */
export async function valueOf<T>(question: Question, defaultValue?: T): Promise<T> {
  const value = (await read(question)) as T | null;
  if (value !== null) return value;
  if (defaultValue === undefined) throw new FlagNotFoundError(question.flag);
  return defaultValue;
}

/** Reads ahead: null for what is not there, and for what cannot be read now. Nothing of it counts as a check. */
export async function readAhead(flag: string): Promise<FlagValue | null> {
  const fake = currentFake();
  if (fake) return fake.peek(flag);
  try {
    return await ask(flag, undefined);
  } catch (error) {
    report(error, flag);
    return null;
  }
}

/** @throws FlagStoreNotConfiguredError where nothing can be written to; ValidationError for what is no flag or no value */
export async function write(flag: string, value: FlagValue): Promise<void> {
  // Every store may keep it as JSON.
  toJson(flag, value);
  const fake = currentFake();
  if (fake) return fake.set(flag, value);
  const { provider, store } = currentBackend();
  const target = store ?? (isStore(provider) ? provider : undefined);
  if (target) return target.set(flag, value);
  throw provider
    ? new FlagStoreNotConfiguredError("Flags are read-only: call FeatureFlag.configureProviderWithStore first.")
    : new FlagStoreNotConfiguredError();
}

async function read({ flag, context, request }: Question): Promise<FlagValue | null> {
  const fake = currentFake();
  if (fake) return fake.get(flag);
  return (request && getRequestCache(request)?.get(flag)) ?? ask(flag, context);
}

async function ask(flag: string, context: FlagContext | undefined): Promise<FlagValue | null> {
  const { provider, store } = currentBackend();
  if (!provider && !store) throw new FlagStoreNotConfiguredError();
  try {
    // What is not typed may say by `undefined`, too, that it has no such flag.
    return (await (provider ? provider.evaluate(flag, context) : store?.get(flag))) ?? null;
  } catch (error) {
    if (isRolleaseError(error) && error.code === "FLAG_NOT_FOUND") return null;
    throw error;
  }
}

function isStore(provider: (FlagProvider & Partial<FlagStore>) | undefined): provider is FlagProvider & FlagStore {
  return hasMethods(provider, ["set"]);
}
