import { createAlarm, type Host } from "../replica/host";

/** A page that has been hidden for so long needs no news. */
const HIDDEN_PAUSE_MS = 5 * 60_000;

export interface PageListeners {
  /** The page is seen again, or thawed, or back from the browser's cache, or the network is back. */
  readonly show: () => void;
  /** The page has been hidden for five minutes, or the network is gone, or the page `leaves`: it is frozen or goes into the browser's cache. */
  readonly rest: (leaves?: boolean) => void;
  /** The last moment at which something can be sent for sure. */
  readonly hide: () => void;
}

/** Whether nobody sees this page. What is no page, such as a worker, counts as seen. */
export function isHidden(): boolean {
  return (globalThis.document as Partial<Document> | undefined)?.visibilityState === "hidden";
}

/** Listens to the page, where there is one, until the host's end. */
export function watchPage(host: Host, { show, rest, hide }: PageListeners): void {
  /** It has been hidden for so long that it rests until it is seen, whatever else happens. */
  let isAsleep = false;
  const alarm = createAlarm(host, () => {
    isAsleep = true;
    rest();
  });
  const on = (target: EventTarget | undefined, event: string, listener: () => void): void =>
    target?.addEventListener?.(event, listener, { signal: host.signal });
  const wake = (): void => {
    isAsleep &&= isHidden();
    if (!isAsleep) show();
  };
  const watchSight = (): void => alarm(isHidden() ? HIDDEN_PAUSE_MS : Infinity);

  const window = globalThis as unknown as EventTarget;
  const page: Document | undefined = globalThis.document;
  on(window, "online", wake);
  on(window, "pageshow", wake);
  on(window, "offline", () => rest());
  on(window, "pagehide", () => {
    hide();
    rest(true);
  });
  // It is hidden already, and a write that it does not see the end of would hold up the other tabs.
  on(page, "freeze", () => rest(true));
  on(page, "resume", wake);
  on(page, "visibilitychange", () => {
    watchSight();
    if (isHidden()) hide();
    else wake();
  });
  // A tab may be opened in the background.
  watchSight();
}
