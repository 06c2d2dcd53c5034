import { ConfigurationError } from "../errors";
import { setBackend } from "./backend";
import { FeatureFlag } from "./feature-flag";
import { requireMethods } from "./has-methods";
import { KVCacheFlagProvider } from "./kv-cache-flag-provider";
import { KVFlagProvider } from "./kv-flag-provider";
import type { KVNamespace, WorkOSOptions } from "./types";
import { WorkOSFlagProvider } from "./workos-flag-provider";

/** An app, as far as its flags are concerned. */
export interface FeatureFlagApp {
  /** Bindings and variables: `WORKOS_API_KEY`, and the KV namespace that `flags.kv` names. */
  readonly env: object;
  /**
   * - `flags.provider`: `"workos"` or `"kv"`. @defaultValue "workos"
   * - `flags.kv`: the binding of the KV namespace. @defaultValue "FLAGS_KV"
   * - `flags.workos`: options of a {@link WorkOSFlagProvider}. @defaultValue none
   */
  readonly config: { get(path: string, defaultValue: unknown): unknown };
}

/** Gives {@link FeatureFlag} the provider that an app's environment allows for. */
export class FeatureFlagServiceProvider {
  readonly #app: FeatureFlagApp;

  constructor(app: FeatureFlagApp) {
    this.#app = app;
  }

  /**
   * | `WORKOS_API_KEY` | KV namespace | `flags.provider` | flags come from |
   * | --- | --- | --- | --- |
   * | yes | yes | `workos` | WorkOS, kept in KV for 60 seconds; `set` writes to KV |
   * | yes | no | `workos` | WorkOS; nothing can be written |
   * | yes | yes | `kv` | KV, which is written to as well |
   * | no | yes | any | KV, which is written to as well |
   * | yes | no | `kv` | nothing: a warning, and every flag throws |
   * | no | no | any | nothing: a warning, and every flag throws |
   *
   * @throws ConfigurationError that names what cannot be used
   */
  register(): void {
    const env = this.#app.env as Readonly<Record<string, unknown>>;
    const binding = this.#text("flags.kv", "FLAGS_KV");
    const provider = this.#text("flags.provider", "workos");
    const kv = env[binding] as KVNamespace | undefined;
    if (kv) requireMethods(`env.${binding}`, kv, ["get", "put"]);
    const workos = this.#openWorkOS(env["WORKOS_API_KEY"], provider);
    if (workos && kv) FeatureFlag.configureProviderWithStore(new KVCacheFlagProvider(workos, kv), new KVFlagProvider(kv));
    else if (workos) FeatureFlag.configureProvider(workos);
    else if (kv) FeatureFlag.configure(new KVFlagProvider(kv));
    else {
      setBackend({});
      const missing = provider === "kv" ? "" : "set WORKOS_API_KEY, or ";
      console.warn(`[rollease] Every flag throws: ${missing}bind a KV namespace as ${binding}.`);
    }
  }

  /** Answers nothing without a key, and then it makes no difference which provider is wanted. */
  #openWorkOS(apiKey: unknown, provider: string): WorkOSFlagProvider | undefined {
    if (!apiKey || provider === "kv") return undefined;
    if (provider !== "workos") throw new ConfigurationError(`flags.provider: must be "workos" or "kv".`);
    return new WorkOSFlagProvider(apiKey as string, this.#app.config.get("flags.workos", {}) as WorkOSOptions | undefined);
  }

  #text(path: string, fallback: string): string {
    const value = this.#app.config.get(path, fallback) ?? fallback;
    if (typeof value !== "string" || value === "") throw new ConfigurationError(`${path}: must be text, and not empty.`);
    return value;
  }
}
