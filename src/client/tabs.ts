import type { StoredAssignment } from "../ports/local-store";
import type { Host } from "../replica/host";
import type { ReplicaState } from "../replica/replica";

/** What a tab tells the others: how it stands with its replica, and what it has just put into the shared store. */
export interface TabMessage extends ReplicaState {
  readonly assignments: readonly StoredAssignment[];
}

export interface Tabs {
  post(message: TabMessage): void;
  /** Wants to lead: at once if nobody does, else when the leader goes. */
  campaign(): void;
  /** Leads no more, and does not want to. */
  resign(): void;
  /** Shares nothing with anybody any more, and leads itself. */
  part(): void;
  /** Runs while no other tab runs something. */
  exclusively(run: () => Promise<void>): Promise<void>;
}

/**
 * Elects one of a browser's tabs and lets them talk. A browser that cannot do both lets each tab lead itself.
 *
 * @param name What the tabs share; only tabs of one name hear each other, and one without a name is alone.
 * @param onLead Called when this tab leads.
 * @param onFollow Called when it leads no more.
 */
export function createTabs(
  { signal, report, onEnd }: Host,
  name: string | false | undefined,
  onLead: () => void,
  onFollow: () => void,
  onMessage: (message: TabMessage) => void,
): Tabs {
  let locks = name && globalThis.BroadcastChannel ? globalThis.navigator?.locks : undefined;
  const channel = locks && new BroadcastChannel(name as string);
  let candidacy: AbortController | undefined;

  if (channel) channel.onmessage = ({ data }: MessageEvent<TabMessage>) => onMessage(data);

  function part(): void {
    candidacy?.abort();
    channel?.close();
    locks = undefined;
    if (candidacy && !signal.aborted) onLead();
  }

  onEnd(part);
  return {
    post: (message) => locks && channel?.postMessage(message),
    campaign() {
      if (candidacy) return;
      const { signal: candidate } = (candidacy = new AbortController());
      if (!locks) return onLead();
      const lead = (): Promise<void> | undefined => {
        // A lock that was granted is held until what it runs is done.
        if (candidate.aborted) return undefined;
        onLead();
        return new Promise((resolve) => candidate.addEventListener("abort", () => resolve()));
      };
      locks.request(name as string, { signal: candidate }, lead).catch((error: unknown) => {
        if (candidate.aborted) return;
        // Locks are refused here, as in an opaque origin.
        report(error);
        part();
      });
    },
    resign() {
      candidacy?.abort();
      candidacy = undefined;
      onFollow();
    },
    part,
    exclusively: async (run) => (locks ? locks.request(`${name}:outbox`, { signal }, run) : run()),
  };
}
