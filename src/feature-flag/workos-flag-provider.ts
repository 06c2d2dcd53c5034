import { openWorkOS } from "../../adapters/workos/open-workos";
import { ConfigurationError, FlagNotFoundError } from "../errors";
import type { FlagProvider, FlagValue, WorkOSOptions } from "./types";

/** What is asked of WorkOS's SDK. */
interface WorkOSClient {
  readonly featureFlags: { getFeatureFlag(slug: string): Promise<{ readonly enabled: boolean }> };
}

/** What may be a slug. Anything else would lead to another place of the API. */
const SLUG = /^(?!\.+$)[\w.~-]+$/;

/**
 * Flags of WorkOS, on or off as its dashboard says. Wants the package `@workos-inc/node`, which is loaded when the first flag is
 * asked for.
 */
export class WorkOSFlagProvider implements FlagProvider {
  readonly #open: () => Promise<WorkOSClient>;
  #client: Promise<WorkOSClient> | undefined;

  /** @throws ConfigurationError without an API key, and for options that are none */
  constructor(apiKey: string, options: WorkOSOptions = {}) {
    if (typeof apiKey !== "string" || apiKey === "") throw new ConfigurationError("apiKey: must be text, and not empty.");
    if (typeof options !== "object") throw new ConfigurationError("options: must be an object.");
    this.#open = () => openWorkOS(apiKey, options);
  }

  /**
   * @throws FlagNotFoundError for a flag that WorkOS does not have; ConfigurationError where the SDK is not installed; whatever the
   * SDK throws
   */
  async evaluate(key: string): Promise<FlagValue> {
    if (!SLUG.test(key)) throw new FlagNotFoundError(key);
    const { featureFlags } = await (this.#client ??= this.#open());
    try {
      return (await featureFlags.getFeatureFlag(key)).enabled;
    } catch (error) {
      if ((error as { readonly status?: unknown } | null)?.status === 404) throw new FlagNotFoundError(key);
      throw error;
    }
  }
}
