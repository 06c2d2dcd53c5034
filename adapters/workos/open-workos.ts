import type { WorkOS as WorkOSClient } from "@workos-inc/node";
import { ConfigurationError } from "../../src/errors";
import type { WorkOSOptions } from "../../src/feature-flag/types";

/** Loads WorkOS's SDK. @throws ConfigurationError where the package is not installed */
export async function openWorkOS(apiKey: string, options: WorkOSOptions): Promise<WorkOSClient> {
  // A bundler lets a package be absent where somebody catches its absence on the spot.
  const { WorkOS } = await import("@workos-inc/node").catch(refuse);
  return new WorkOS(apiKey, { ...options });
}

function refuse(cause: unknown): never {
  throw new ConfigurationError("WorkOS needs a package that is not installed. Run: npm install @workos-inc/node", { cause });
}
