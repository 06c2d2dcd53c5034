import { createRollease, type Rollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { expect, onTestFinished } from "vitest";
import type { Flag } from "../../src/model/flag";
import type { RolleaseConfig } from "../../src/server/config-types";
import type { HandlerOptions } from "../../sync-server/options";

export const SECRET = "a-secret-of-the-tests";
export const SHOP = "https://shop.example";

/** A server on a database in memory, closed when the test is over. */
export function open(config: Partial<RolleaseConfig> = {}): Rollease {
  const rl = createRollease({ db: createMemoryAdapter(), secret: SECRET, logging: { sink: () => undefined }, ...config });
  onTestFinished(() => rl.close());
  return rl;
}

export type Call = (path: string, headers?: Record<string, string>, init?: RequestInit) => Promise<Response>;
export function callerOf(rl: Rollease, options: HandlerOptions = {}): Call {
  const handler = rl.createHandler(options);
  return (path, headers = {}, init = {}) => handler(new Request(`http://test/api/rollease${path}`, { headers, ...init }));
}
export const byKey = (key: string): Record<string, string> => ({ "x-rollease-client-key": key });
export const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
export const claim = (context: unknown): Record<string, string> => ({
  "x-rollease-context": Buffer.from(JSON.stringify(context)).toString("base64url"),
});
export interface Pulled {
  readonly checkpoint: string;
  readonly environment?: string;
  readonly changes: readonly { kind: string; key: string; doc?: Flag; deleted?: boolean }[];
}
export const pulled = async (response: Response): Promise<Pulled> => {
  expect(response.status).toBe(200);
  return (await response.json()) as Pulled;
};
export const idsOf = ({ changes }: Pulled): string[] => changes.map(({ kind, key }) => `${kind}:${key}`).sort();
export const flag = (rl: Rollease, key: string, more: object = {}): Promise<Flag> =>
  rl.flags.create({ key, type: "boolean", defaultValue: false, ...more });
