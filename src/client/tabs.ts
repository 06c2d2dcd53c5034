import type { StoredAssignment } from "../ports/local-store";
import type { SyncPhase } from "../replica/sync-machine";

/** What tabs tell each other. */
export type TabMessage =
  /** Somebody wants to know where the leader is. */
  | { readonly type: "hello" }
  /** What is in the shared store now, and from the leader how it goes. */
  | { readonly type: "state"; readonly phase?: SyncPhase; readonly checkpoint: string | null; readonly lastSyncAt: number | null }
  | { readonly type: "assigned"; readonly assignments: readonly StoredAssignment[] };

export interface TabsOptions {
  /** What the tabs share; only tabs of one name hear each other. */
  readonly name: string;
  /** Shares nothing with anybody, and leads itself. */
  readonly alone: boolean;
  readonly onLead: () => void;
  readonly onFollow: () => void;
  readonly onMessage: (message: TabMessage) => void;
  readonly onError: (error: Error) => void;
}

export interface Tabs {
  post(message: TabMessage): void;
  /** Wants to lead: at once if nobody does, else when the leader goes. */
  campaign(): void;
  /** Leads no more, and does not want to. */
  resign(): void;
  /** Runs while no other tab runs something. */
  exclusively<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): void;
}

/** Elects one of a browser's tabs and lets them talk. A browser that cannot do both lets each tab lead itself. */
export function createTabs({ name, alone, onLead, onFollow, onMessage, onError }: TabsOptions): Tabs {
  let locks = !alone && typeof BroadcastChannel === "function" ? globalThis.navigator?.locks : undefined;
  const channel = locks && new BroadcastChannel(name);
  let candidacy: AbortController | undefined;

  if (channel) channel.onmessage = ({ data }: MessageEvent<TabMessage>) => onMessage(data);

  function resign(): void {
    if (!candidacy) return;
    candidacy.abort();
    candidacy = undefined;
    onFollow();
  }

  return {
    post: (message) => channel?.postMessage(message),
    campaign() {
      if (candidacy) return;
      const { signal } = (candidacy = new AbortController());
      if (!locks) return onLead();
      const lead = (): Promise<void> | undefined => {
        // A lock that was granted is held until what it runs is done.
        if (signal.aborted) return undefined;
        onLead();
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      };
      locks.request(name, { signal }, lead).catch((error: unknown) => {
        if (signal.aborted) return;
        // Locks are refused here, as in an opaque origin.
        locks = undefined;
        onError(error as Error);
        onLead();
      });
    },
    resign,
    exclusively: (run, signal) => (locks ? Promise.resolve(locks.request(`${name}:outbox`, { signal }, run)) : run()),
    close() {
      candidacy?.abort();
      candidacy = undefined;
      channel?.close();
    },
  };
}
