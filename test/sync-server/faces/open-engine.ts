import { createEngineHandler, type FaceOptions } from "rollease/server";
import type { RolleaseConfig } from "../../../src/server/config-types";
import type { RolleaseCore } from "../../../src/server/types";
import { openRollease } from "../../server/open-rollease";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}
export interface Engine {
  readonly rl: RolleaseCore;
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** The engine's handler on a server in memory. */
export function openEngine(options: FaceOptions = {}, config: Partial<RolleaseConfig> = {}): Engine {
  const rl = openRollease(config);
  const handler = createEngineHandler(rl, options);
  return {
    rl,
    async send(method, path, body, headers = {}) {
      const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
      const request = new Request(`http://localhost:3000${path}`, { method, headers, ...sent });
      const response = await handler(request);
      return { status: response.status, body: await response.json() };
    },
  };
}

/** The flag of the documentation, as it is written there. */
export const CHECKOUT = `{
  "key": "checkout-v2",
  "name": "Checkout V2",
  "description": "New checkout flow",
  "enabled": true,
  "rolloutPercentage": 50,
  "rules": [
    {
      "attribute": "plan",
      "operator": "eq",
      "values": ["enterprise"],
      "variant": "on",
      "priority": 1
    }
  ],
  "defaultVariant": "off"
}`;
