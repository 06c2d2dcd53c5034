import { INSIDE } from "../../../src/engine/inside";
import type { RolleaseClient, SyncStatus } from "../../../src/client/types";
import type { FlagContext } from "../../../src/model/context";
import type { FlagResult } from "../../../src/model/result";

/** What the hooks need of a client, with its results set by hand and its listeners counted. */
export interface FakeClient extends RolleaseClient {
  /** Replaces results; those given with an equal value and variant stay the same objects. */
  set(values: Record<string, unknown>, more?: Partial<FlagResult>): void;
  remove(key: string): void;
  setStatus(status: Partial<SyncStatus>): void;
  readonly recorded: string[];
  listeners(): number;
}

export function createFakeClient(values: Record<string, unknown> = {}, checkpoint: string | null = "e.1"): FakeClient {
  let details: Record<string, FlagResult> = {};
  let flags: Record<string, unknown> = {};
  let context: FlagContext = { userId: "ada" };
  const seen = new Set<string>();
  const recorded: string[] = [];
  let status: SyncStatus = {
    phase: "live",
    checkpoint,
    lastSyncAt: 0,
    staleForMs: 0,
    store: "memory",
    leader: true,
    pending: 0,
    bytesReceived: 0,
  };
  const changeListeners = new Set<() => void>();
  const statusListeners = new Set<(status: SyncStatus) => void>();
  const listen = <T>(set: Set<T>, listener: T): (() => void) => {
    set.add(listener);
    return () => set.delete(listener);
  };
  const unused = (): never => {
    throw new Error("The hooks should not ask for this.");
  };

  function replace(next: Record<string, FlagResult>): void {
    details = next;
    flags = Object.fromEntries(Object.values(next).map((result) => [result.key, result.value]));
    for (const listener of [...changeListeners]) listener();
  }

  const client: FakeClient = {
    [INSIDE]: {},
    recorded,
    listeners: () => changeListeners.size + statusListeners.size,
    set(next, more = {}) {
      const changed = { ...details };
      for (const [key, value] of Object.entries(next)) {
        const result: FlagResult = {
          key,
          value,
          variant: null,
          enabled: value !== false,
          reason: "default",
          ruleId: null,
          evaluatedAt: new Date(0),
          ...more,
        };
        const old = details[key];
        const same = old && old.value === value && old.variant === result.variant && old.reason === result.reason;
        changed[key] = same ? old : result;
      }
      replace(changed);
    },
    remove(key) {
      const { [key]: _gone, ...rest } = details;
      replace(rest);
    },
    setStatus(next) {
      status = { ...status, ...next };
      for (const listener of [...statusListeners]) listener(status);
    },
    flags: () => flags,
    flagDetails: () => details,
    status: () => ({ ...status }),
    context: () => context,
    identify(next) {
      context = next;
      replace({ ...details });
      return Promise.resolve();
    },
    onChange: (listener) => listen(changeListeners, listener),
    onStatusChange: (listener) => listen(statusListeners, listener),
    recordImpression(result) {
      const once = `${context.userId}:${result.key}=${result.variant ?? JSON.stringify(result.value)}`;
      if (seen.has(once)) return;
      seen.add(once);
      recorded.push(once);
    },
    ready: () => Promise.resolve(),
    flag: unused,
    evaluate: unused,
    refetch: unused,
    forget: unused,
    onFlagChange: unused,
    track: unused,
    flush: unused,
    assignments: unused,
    destroy: unused,
  };
  client.set(values);
  return client;
}
