import { FlagNotFoundError, StorageError } from "../errors";
import { toJson } from "./flag-value";
import { requireMethods } from "./has-methods";
import type { FlagProvider, FlagStore, FlagValue, KVNamespace } from "./types";

/** Flags in a KV namespace, each as JSON under its own name; the same for everybody. */
export class KVFlagProvider implements FlagProvider, FlagStore {
  readonly #kv: KVNamespace;

  /** @throws ConfigurationError for what is no KV namespace */
  constructor(kv: KVNamespace) {
    requireMethods("kv", kv, ["get", "put"]);
    this.#kv = kv;
  }

  /** @throws FlagNotFoundError for a flag that is not there; StorageError as `get` */
  async evaluate(key: string): Promise<FlagValue> {
    const value = await this.get(key);
    if (value === null) throw new FlagNotFoundError(key);
    return value;
  }

  /** @throws StorageError where the namespace fails, and for what is no JSON */
  async get<T = FlagValue>(flag: string): Promise<T | null> {
    const json = await attempt(`read the flag "${flag}"`, () => this.#kv.get(flag));
    try {
      return JSON.parse(json ?? "null") as T | null;
    } catch (error) {
      throw new StorageError(`What is kept as the flag "${flag}" is no JSON.`, { cause: error });
    }
  }

  /** @throws StorageError where the namespace fails; ValidationError for a flag without a name and for a value that is none */
  async set<T = FlagValue>(flag: string, value: T): Promise<void> {
    const json = toJson(flag, value);
    await attempt(`write the flag "${flag}"`, () => this.#kv.put(flag, json));
  }
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new StorageError(`The KV namespace did not ${what}.`, { cause: error, retryable: true });
  }
}
