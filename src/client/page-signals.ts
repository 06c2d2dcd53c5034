import { createAlarm, type Host } from "../replica/host";

/** A page that has been hidden for so long needs no news. */
const HIDDEN_PAUSE_MS = 5 * 60_000;

export interface PageListeners {
  /** The page is seen again, or back from the browser's cache, or the network is back. */
  readonly show: () => void;
  /** The page has been hidden for five minutes, or is leaving, or the network is gone. */
  readonly rest: () => void;
  /** The last moment at which something can be sent for sure. */
  readonly hide: () => void;
}

/** Listens to the page, where there is one, until the host's end. */
export function watchPage(host: Host, { show, rest, hide }: PageListeners): void {
  const page: Document | undefined = globalThis.document;
  const alarm = createAlarm(host, rest);
  const on = (target: EventTarget | undefined, event: string, listener: () => void): void =>
    target?.addEventListener?.(event, listener, { signal: host.signal });

  const window = globalThis as unknown as EventTarget;
  on(window, "online", show);
  on(window, "offline", rest);
  on(window, "pageshow", show);
  on(window, "pagehide", () => {
    hide();
    rest();
  });
  on(page, "visibilitychange", () => {
    const isHidden = page?.visibilityState === "hidden";
    alarm(isHidden ? HIDDEN_PAUSE_MS : Infinity);
    if (isHidden) hide();
    else show();
  });
}
