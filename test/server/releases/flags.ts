import type { Flag } from "../../../src/model/flag";
import type { FlagInput, RolleaseCore } from "../../../src/server/types";

export const ALICE = { id: "alice", type: "user", name: "Alice", permissions: ["*"] } as const;
/** Alice as she is stored. */
export const ALICE_STORED = { id: "alice", type: "user", name: "Alice" } as const;

export function booleanFlag(key: string, fields: Partial<FlagInput> = {}): FlagInput {
  return { key, type: "boolean", defaultValue: false, ...fields };
}

/** Creates boolean flags with these keys. */
export async function createFlags(rl: Pick<RolleaseCore, "flags">, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await rl.flags.create(booleanFlag(key));
}

/** Everything of a flag that a rollback has to bring back. */
export function contentOf({ version: _, updatedAt: __, ...content }: Flag): object {
  return content;
}
