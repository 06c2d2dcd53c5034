import { isOn, valueOf } from "./answer";
import type { FlagContext } from "./types";

/** Asks for flags on behalf of one user or organization. A store that is no provider answers everybody alike. */
export class ScopedFeatureFlag {
  readonly #context: FlagContext;

  /** @param context - is copied; what becomes of it later makes no difference */
  constructor(context: FlagContext) {
    this.#context = { ...context };
  }

  /** As {@link FeatureFlag.isEnabled}, for the bound context. */
  async active(flag: string): Promise<boolean> {
    return isOn({ flag, context: this.#context });
  }

  /** As {@link FeatureFlag.value}, for the bound context. */
  async value<T>(flag: string, defaultValue?: T): Promise<T | null> {
    return valueOf({ flag, context: this.#context }, defaultValue);
  }
}
