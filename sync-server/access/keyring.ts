import type { SdkKeyRow } from "../../src/ports/database-adapter";
import { hashKey } from "../../src/server/sdk-keys";
import type { ServerInternals } from "../../src/server/types";
import { anonymousAudience, audienceOf, type Audience } from "../audiences/audience";
import { equalsInConstantTime } from "./constant-time";
import type { PresentedKey } from "./presented-key";

/** What a request may see, and by which right. */
export interface Access {
  readonly audience: Audience;
  /** The SDK key that opened the way; none for callers without a key and for keys of the options. */
  readonly keyId?: string;
  /** Where pages have to come from; absent for anywhere. */
  readonly origins?: readonly string[];
}

/** The SDK keys of the change feed, and those of the handler's options. */
export interface Keyring {
  /** Whether there is any key, be it one that holds no more: the last one's end opens nothing. */
  isConfigured(): boolean;
  /** What a key that somebody shows is good for; `undefined` for one that is none, or none any more. */
  find(presented: PresentedKey): Promise<Access | undefined>;
  /** What the keys that hold may see; several keys may name one audience. */
  audiences(): readonly Audience[];
  /** Another number after each change of keys. */
  revision(): number;
  /** The origins that client keys name; `undefined` among them stands for a key that any page may use. */
  origins(): ReadonlySet<string | undefined>;
  /** Calls `end` as soon as the key of that access holds no more, be it at once. Answers how to say that this need not be. */
  watch(access: Access, end: () => void): () => void;
  close(): void;
}

/** How far ahead a timer is set: they do not take more than 24 days. */
const MAX_TIMER_MS = 86_400_000;

/** So many client keys, which are public, are known by their text, and need not be hashed anew for each request. */
const KNOWN_KEYS = 1_000;

export function createKeyring(
  { feed, clock, environment, hashedAttributes }: Pick<ServerInternals, "feed" | "clock" | "environment" | "hashedAttributes">,
  clientKeys: readonly string[] = [],
): Keyring {
  const fixed = Promise.all(clientKeys.map(hashKey));
  const known = new Map<string, string>();
  const rights = new WeakMap<SdkKeyRow, Access>();
  const watched = new Map<string, Set<() => void>>();
  const timers = new Map<string, () => void>();

  /** A key of another environment than the server's is none here; one of no environment is good in all. */
  function holds(row: SdkKeyRow): boolean {
    if (row.revokedAt !== undefined || msLeft(row) <= 0) return false;
    return environment === undefined || row.environment === undefined || row.environment === environment;
  }
  function msLeft({ expiresAt }: SdkKeyRow): number {
    return expiresAt === undefined ? Infinity : Date.parse(expiresAt) - clock.now();
  }

  function accessOf(row: SdkKeyRow): Access {
    const { id, origins } = row;
    let access = rights.get(row);
    if (!access) {
      access = { audience: audienceOf(row, environment, hashedAttributes), keyId: id, ...(origins && { origins }) };
      rights.set(row, access);
    }
    return access;
  }

  /** Ends what a key has opened where it holds no more; where it will end by itself, comes back then. */
  function check(id: string): void {
    timers.get(id)?.();
    timers.delete(id);
    const row = feed.sdkKeys().get(id);
    const opened = watched.get(id);
    if (!opened) return;
    if (!row || !holds(row)) {
      watched.delete(id);
      for (const end of opened) end();
    } else if (row.expiresAt !== undefined) {
      timers.set(
        id,
        clock.setTimer(() => check(id), Math.min(msLeft(row), MAX_TIMER_MS)),
      );
    }
  }

  let revision = 0;
  const unsubscribe = feed.subscribe(({ reset, keys }) => {
    if (reset || keys.length > 0) revision++;
    for (const id of reset ? [...watched.keys()] : keys.map((key) => key.id)) check(id);
  });

  return {
    isConfigured: () => clientKeys.length > 0 || feed.sdkKeys().size > 0,
    async find({ kind, text }) {
      const [hash, fixedHashes] = await Promise.all([known.get(text) ?? hashKey(text), fixed]);
      // All are compared, whichever it is.
      const [row] = [...feed.sdkKeys().values()].filter((each) => equalsInConstantTime(each.hash, hash));
      const isFixed = fixedHashes.filter((each) => equalsInConstantTime(each, hash)).length > 0;
      if (row) {
        if (row.kind !== kind || !holds(row)) return undefined;
        if (kind === "client" && known.size < KNOWN_KEYS) known.set(text, hash);
        return accessOf(row);
      }
      return isFixed && kind === "client" ? { audience: anonymousAudience(environment, hashedAttributes) } : undefined;
    },
    audiences: () => [...feed.sdkKeys().values()].filter(holds).map((row) => audienceOf(row, environment, hashedAttributes)),
    revision: () => revision,
    origins() {
      const named = new Set<string | undefined>(clientKeys.length > 0 ? [undefined] : []);
      for (const { kind, origins = [undefined] } of feed.sdkKeys().values())
        if (kind === "client") for (const origin of origins) named.add(origin);
      return named;
    },
    watch({ keyId }, end) {
      if (keyId === undefined) return () => undefined;
      const opened = watched.get(keyId) ?? new Set();
      watched.set(keyId, opened.add(end));
      check(keyId);
      return () => {
        opened.delete(end);
        if (opened.size > 0 || watched.get(keyId) !== opened) return;
        watched.delete(keyId);
        check(keyId);
      };
    },
    close() {
      unsubscribe();
      for (const stop of timers.values()) stop();
      timers.clear();
    },
  };
}
