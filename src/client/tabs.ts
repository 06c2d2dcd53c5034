import type { StoredAssignment } from "../ports/local-store";
import { createAlarm, type Host } from "../replica/host";
import type { ReplicaState } from "../replica/replica";
import { isHidden } from "./page-signals";

/** Another one whenever tabs say something else, or in another way: only tabs of one version know of each other. */
export const TABS_VERSION = 1;
/** How long a tab that is seen puts up with a leader that is not, or that says nothing. */
export const LEADER_SILENCE_MS = 10_000;

/** What a tab tells the others: how it stands with its replica, and what it has just put into the shared store. */
export interface TabMessage extends ReplicaState {
  /** Nobody sees the tab. */
  readonly isHidden: boolean;
  readonly assignments: readonly StoredAssignment[];
}

export interface TabsOptions {
  /** This tab leads. */
  readonly onLead: () => void;
  /** It leads no more. */
  readonly onFollow: () => void;
  readonly onMessage: (message: TabMessage) => void;
  /** Says something that a leader answers. */
  readonly ask: () => void;
}

export interface Tabs {
  post(message: TabMessage): void;
  /** Wants to lead: at once if nobody does, else when the leader goes or, while this tab is seen, does not answer as one that is seen, too. */
  campaign(): void;
  /** Leads no more, and does not want to. @param leaves Does not listen any more either: a page that is told something cannot come back */
  resign(leaves?: boolean): void;
  /** Shares nothing with anybody any more, and leads itself. */
  part(): void;
  /** Runs while no other tab does so. */
  exclusively(run: () => Promise<void>): Promise<void>;
}

/**
 * Elects one of a browser's tabs and lets them talk. A browser that cannot do both lets each tab lead itself.
 *
 * @param name What the tabs share; only tabs of one name hear each other, and one without a name is alone.
 */
export function createTabs(
  host: Host,
  name: string | false | undefined,
  { onLead, onFollow, onMessage, ask }: TabsOptions,
): Tabs {
  const { signal, report, onEnd } = host;
  const room = `${name}:${TABS_VERSION}`;
  let locks = name && globalThis.BroadcastChannel ? globalThis.navigator?.locks : undefined;
  let channel: BroadcastChannel | undefined;
  let candidacy: AbortController | undefined;
  let leads = false;
  let isAnswered = false;
  const alarm = createAlarm(host, () => {
    if (isHidden()) return;
    if (isAnswered) campaign();
    else request({ steal: true });
  });

  function take(): void {
    leads = true;
    alarm(Infinity);
    onLead();
  }

  /** Waits for the lock, or takes it from who has it. */
  function request(how?: { readonly steal: true }): void {
    candidacy?.abort();
    const { signal: candidate } = (candidacy = new AbortController());
    if (!locks) return take();
    const lead = (): Promise<void> | undefined => {
      // A lock that was granted is held until what it runs is done.
      if (candidate.aborted) return undefined;
      const held = new Promise<void>((resolve) => candidate.addEventListener("abort", () => resolve()));
      take();
      return held;
    };
    locks.request(room, how ?? { signal: candidate }, lead).catch((error: unknown) => {
      if (candidate.aborted) return;
      if (leads) {
        // Another tab has taken it.
        resign();
        return campaign();
      }
      // Locks are refused here, as in an opaque origin.
      report(error);
      part();
    });
  }

  function listen(): void {
    channel = new BroadcastChannel(room);
    channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      isAnswered ||= data.leads && !data.isHidden;
      onMessage(data);
    };
  }

  function campaign(): void {
    if (locks && !channel) listen();
    if (!candidacy) request();
    if (leads) return;
    isAnswered = false;
    alarm(LEADER_SILENCE_MS);
    ask();
  }

  function close(): void {
    channel?.close();
    channel = undefined;
  }

  function resign(leaves?: boolean): void {
    candidacy?.abort();
    candidacy = undefined;
    if (leaves) close();
    leads = false;
    alarm(Infinity);
    onFollow();
  }

  function part(): void {
    candidacy?.abort();
    close();
    locks = undefined;
    if (candidacy && !signal.aborted) take();
  }

  onEnd(part);
  return {
    post: (message) => channel?.postMessage(message),
    campaign,
    resign,
    part,
    // Whatever their versions, tabs share what waits to be sent.
    exclusively: async (run) => (locks ? locks.request(`${name}:outbox`, { signal }, run) : run()),
  };
}
