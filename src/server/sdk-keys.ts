import { ValidationError } from "../errors";
import { date, fail, list, object, oneOf, optional, readWith, text, type Schema } from "../model/schema";
import { SDK_KEY_KINDS, type SdkKeyRow } from "../ports/database-adapter";
import type { Settings } from "./config";
import type { Mutate, Written } from "./mutate";
import type { MutationOptions } from "./mutation-options";
import type { SdkKey, SdkKeyInput, SdkKeys } from "./sdk-key-types";

const KEY_BYTES = 24;
const HINT_LENGTH = 12;

const origin: Schema<string> = (value, at) =>
  typeof value === "string" && URL.canParse(value) && new URL(value).origin === value
    ? value
    : fail(at, "must be an origin, such as https://shop.example");

/** Names of flags, tags or namespaces, of which a key says which it is for. */
export const keyNames = optional(list(text({ min: 1, max: 256 })));
const input = object<Omit<SdkKeyInput, "expiresAt"> & { readonly expiresAt?: string }>({
  name: text({ min: 1, max: 256 }),
  kind: oneOf(SDK_KEY_KINDS),
  environment: optional(text({ min: 1, max: 256 })),
  origins: optional(list(origin)),
  flags: keyNames,
  tags: keyNames,
  namespaces: keyNames,
  expiresAt: optional(date),
});

export function createSdkKeys({ db, clock, environment }: Settings, mutate: Mutate): SdkKeys {
  async function add(
    action: string,
    fields: ReturnType<typeof input>,
    options: MutationOptions | undefined,
    also: (tx: Parameters<Parameters<typeof db.transaction>[0]>[0], at: string) => Promise<readonly SdkKeyRow[]>,
  ): Promise<SdkKey & { readonly key: string }> {
    const key = makeKey(fields.kind);
    const hash = await hashKey(key);
    const id = crypto.randomUUID();
    const row = await mutate<SdkKeyRow>({
      action,
      key: id,
      options,
      prepare: () => async (tx, at) => {
        const others = await also(tx, at);
        const made: SdkKeyRow = { ...fields, id, hash, hint: key.slice(0, HINT_LENGTH), createdAt: at };
        await tx.putSdkKey(made);
        return written(made, [{ before: null, after: made }, ...others.map((after) => ({ before: null, after }))]);
      },
    });
    return { ...withoutHash(row), key };
  }

  async function lock(tx: { sdkKeys(): Promise<readonly SdkKeyRow[]> }, id: string): Promise<SdkKeyRow> {
    const row = (await tx.sdkKeys()).find((each) => each.id === id);
    if (!row || !isOurs(row)) throw new ValidationError([{ path: "id", message: `there is no SDK key "${id}"` }]);
    return row;
  }

  /** A server of one environment owns the keys of that environment alone. */
  const isOurs = (row: Pick<SdkKeyRow, "environment">): boolean => environment === undefined || row.environment === environment;

  return {
    async create(given, options) {
      const fields = readWith(input, given);
      if (fields.kind === "server" && fields.origins)
        throw new ValidationError([{ path: "origins", message: "are for client keys: no page may hold a server key" }]);
      if (!isOurs({ environment: fields.environment ?? environment ?? "" }))
        throw new ValidationError([{ path: "environment", message: `this server is confined to "${environment ?? ""}"` }]);
      const confined = environment === undefined ? fields : { ...fields, environment };
      return add("create_key", confined, options, () => Promise.resolve([]));
    },
    list: async () => (await db.sdkKeys()).filter(isOurs).map(withoutHash),
    revoke: (id, options) =>
      mutate<SdkKey>({
        action: "revoke_key",
        key: id,
        options,
        prepare: () => async (tx, at) => {
          const before = await lock(tx, id);
          if (before.revokedAt !== undefined) return { result: withoutHash(before), changed: [], records: [] };
          const after: SdkKeyRow = { ...before, revokedAt: at };
          await tx.putSdkKey(after);
          return { ...written(after, [{ before, after }]), result: withoutHash(after) };
        },
      }),
    async rotate(id, { graceMs = 86_400_000, ...options } = {}) {
      const { hash: _, id: _id, hint: _hint, createdAt: _at, expiresAt: _end, revokedAt, ...rights } = await lock(db, id);
      if (revokedAt !== undefined) throw new ValidationError([{ path: "id", message: "names a key that is revoked" }]);
      return add("rotate_key", rights, options, async (tx) => {
        const until = new Date(clock.now() + graceMs).toISOString();
        const before = await lock(tx, id);
        const old: SdkKeyRow = {
          ...before,
          expiresAt: before.expiresAt !== undefined && before.expiresAt < until ? before.expiresAt : until,
        };
        await tx.putSdkKey(old);
        return [old];
      });
    },
  };
}

function written(
  result: SdkKeyRow,
  records: readonly { readonly before: SdkKeyRow | null; readonly after: SdkKeyRow }[],
): Written<SdkKeyRow> {
  return {
    result,
    changed: records.map(({ after }) => ({ kind: "key", key: after.id, deleted: false })),
    records: records.map(({ before, after }) => ({
      flagKey: null,
      before: before && withoutHash(before),
      after: withoutHash(after),
    })),
  };
}

/** What the database knows a key by: hex SHA-256. A key has 192 random bits, so that no slower hash is called for. */
export async function hashKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function makeKey(kind: SdkKeyRow["kind"]): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const text = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
  return `rl_${kind}_${text}`;
}

function withoutHash({ hash: _, ...rest }: SdkKeyRow): SdkKey {
  return rest;
}
