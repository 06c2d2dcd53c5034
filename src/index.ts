import { judgeRegex } from "../adapters/regex/judge-regex";
import { createRolleaseCore } from "./server/create-rollease";
import type { RolleaseConfig, RolleaseCore } from "./server/types";

/** Starts a server of flags on a database. @throws ConfigurationError that names the field */
export function createRollease(config: RolleaseConfig): RolleaseCore {
  return createRolleaseCore(config, { judgeRegex });
}
