import type { Clock } from "../ports/clock";

/** A page that has been hidden for so long needs no news. */
const HIDDEN_PAUSE_MS = 5 * 60_000;

export interface PageListeners {
  readonly onOnline: () => void;
  readonly onOffline: () => void;
  /** The page is seen again, or is back from the browser's cache. */
  readonly onShow: () => void;
  /** The page has been hidden for five minutes, or is leaving. */
  readonly onRest: () => void;
  /** The last moment at which something can be sent for sure. */
  readonly onHide: () => void;
}

export const isOnline = (): boolean => (globalThis.navigator as Partial<Navigator> | undefined)?.onLine ?? true;

/** Listens to the page, where there is one, until `signal` aborts. */
export function watchPage(
  clock: Clock,
  signal: AbortSignal,
  { onOnline, onOffline, onShow, onRest, onHide }: PageListeners,
): void {
  const page: Document | undefined = globalThis.document;
  let stopTimer = (): void => undefined;

  const on = (target: EventTarget | undefined, event: string, listener: () => void): void =>
    target?.addEventListener?.(event, listener, { signal });
  const show = (): void => {
    stopTimer();
    onShow();
  };

  const window = globalThis as unknown as EventTarget;
  on(window, "online", onOnline);
  on(window, "offline", onOffline);
  on(window, "pageshow", show);
  on(window, "pagehide", () => {
    onHide();
    onRest();
  });
  on(page, "visibilitychange", () => {
    if (page?.visibilityState !== "hidden") return show();
    onHide();
    stopTimer();
    stopTimer = clock.setTimer(onRest, HIDDEN_PAUSE_MS);
  });
  signal.addEventListener("abort", () => stopTimer());
}
