import { RolleaseError } from "../errors";

/** There is nothing to ask for flags, or nothing to write them to. */
export class FlagStoreNotConfiguredError extends RolleaseError {
  override readonly name = "FlagStoreNotConfiguredError";
  constructor(message = "Nothing answers flags: call FeatureFlag.configureProvider or configure first.") {
    super("CONFIGURATION", message);
  }
}
