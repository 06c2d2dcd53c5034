import { createEngine } from "../engine/create-engine";
import { ClosedError, FlagNotFoundError } from "../errors";
import type { FlagContext } from "../model/context";
import type { FlagResult } from "../model/result";
import { systemClock } from "../ports/clock";
import type { LocalStore, StoredAssignment } from "../ports/local-store";
import { within } from "../replica/within";
import { createExposures } from "./exposures";
import { createFirstPaintCopy, type FirstPaint } from "./first-paint";
import { createFreshness } from "./freshness";
import { createFlagView, isSameValue } from "./flag-view";
import { createListeners } from "./listeners";
import { createStickyAssignments } from "./sticky-assignments";
import { createSyncSession, type Fact } from "./sync-session";
import type { RolleaseClient, RolleaseClientOptions, SyncStatus } from "./types";

/**
 * Makes a client that evaluates locally and keeps itself current in the background.
 *
 * @param openStore Opens the store where the options give none, under a name for this server and key.
 */
export function createClient(options: RolleaseClientOptions, openStore: (name: string) => LocalStore): RolleaseClient {
  const { clock = systemClock, random = Math.random, readyTimeoutMs = 3000, maxStalenessMs = Infinity } = options;
  const scope = `${options.baseUrl}|${options.clientKey ?? ""}`;
  let base = resolveContext();
  let identified = false;
  /** The server's assignments of this user are still to be had. */
  let unfetched = true;
  let fetching: Promise<void> | undefined;
  let toldStatus = "";
  let toldFlags: unknown;
  let onAttempted = (): void => undefined;
  /** There is a ruleset, or the first attempt to get one has failed. */
  const attempted = new Promise<void>((resolve) => (onAttempted = resolve));

  const report = (error: Error): void => {
    if (signal.aborted) return;
    try {
      options.onError?.(error);
    } catch (thrown) {
      // An `onError` that throws is for the page to hear of.
      globalThis.reportError?.(thrown);
    }
  };
  const changes = createListeners(report);
  const statuses = createListeners<SyncStatus>(report);
  const { onFlagsChange } = options;
  if (onFlagsChange)
    changes.add(() => {
      const flags = view.flags();
      if (flags !== toldFlags) onFlagsChange((toldFlags = flags));
    });

  const session = createSyncSession({
    client: options,
    clock,
    random,
    scope,
    readyTimeoutMs,
    openStore,
    user: () => base,
    onChanges(changed) {
      engine.apply(changed);
      if (changed.length) refresh();
    },
    onAdopt(assignments) {
      if (sticky.adopt(assignments)) refresh();
    },
    onState,
    onFacts: refresh,
    onError: report,
  });
  const { replica, store, outbox, source, signal, status } = session;

  const sticky = createStickyAssignments({
    read: (units) => store.assignments(units),
    onLoaded: refresh,
    onError: report,
    onAssigned(assignments) {
      // The outbox first: after a crash in between, the assignment is made again instead of being unknown to the server.
      record(
        assignments.map((assignment): Fact => ({ type: "assignment", ...assignment })),
        () => session.keep(assignments),
      );
      // From now on the assignment is why.
      refresh();
    },
  });
  const serverNow = (): number => clock.now() + (session.facts().offset ?? 0);
  const engine = createEngine({ flags: [], segments: [], layers: [] }, { now: serverNow, assignments: sticky });
  const freshness = createFreshness({
    clock,
    maxStalenessMs,
    staleForMs: () => status().staleForMs,
    untilDate: () => (engine.nextBoundary(serverNow()) ?? Infinity) - serverNow(),
    onTurn: refresh,
  });
  const isListed = (key: string): boolean => {
    const change = replica.get("flag", key);
    return change?.kind !== "flag" || change.doc?.clientVisible !== false;
  };
  const view = createFlagView({ engine, context, isListed, now: serverNow, isStale: () => freshness.isStale });
  const exposures = createExposures(options.impressions ?? {}, random, unitOf, (list) =>
    record(list.map((exposure): Fact => ({ type: "impression", ...exposure }))),
  );
  const { localStorage, localStorageKey = "rollease:flags" } = options;
  const copy = localStorage ? createFirstPaintCopy(localStorageKey, scope, remember, report) : undefined;

  function resolveContext(): FlagContext {
    return (typeof options.context === "function" ? options.context() : options.context) ?? {};
  }
  /** Whom flags are evaluated for: in the ruleset's environment, unless the context says otherwise. */
  function context(): FlagContext {
    const { environment } = session.facts();
    return environment === undefined ? base : { ...base, environment: base.environment ?? environment };
  }
  function unitOf(flagKey: string): string | undefined {
    return engine.stickyUnits(context(), flagKey).find((sticky) => sticky.flagKey === flagKey)?.unit ?? base.userId;
  }
  /** The user's variants of the sticky flags, as far as `variantOf` knows any. */
  function assignmentsBy(variantOf: typeof sticky.get): StoredAssignment[] {
    return engine.stickyUnits(context()).flatMap(({ flagKey, unit }) => {
      const variantKey = variantOf(flagKey, unit);
      return variantKey === undefined ? [] : { flagKey, unit, variantKey };
    });
  }
  const assigned = (): StoredAssignment[] => assignmentsBy(sticky.get);
  const loadAssignments = (): Promise<void> => sticky.load(new Set(engine.stickyUnits(context()).map(({ unit }) => unit)));

  function assertOpen(): void {
    if (signal.aborted) throw new ClosedError("The client");
  }

  function record(facts: readonly Fact[], then?: () => Promise<void>): void {
    if (!signal.aborted) session.record(facts).then(then).catch(report);
  }

  /** Something that results depend on has changed. */
  function refresh(): void {
    if (signal.aborted) return;
    view.invalidate();
    freshness.check();
    copy?.write();
    changes.tell();
  }

  /** What the next first paint needs. */
  function remember(): Omit<FirstPaint, "scope"> | undefined {
    const ruleset = replica.ruleset();
    return ruleset && !signal.aborted ? { ruleset, assignments: assigned(), facts: session.facts() } : undefined;
  }

  function onState(): void {
    if (signal.aborted) return;
    if (maxStalenessMs < Infinity && freshness.check()) refresh();
    const now = status();
    const told = JSON.stringify({ ...now, staleForMs: 0, error: now.error?.message });
    if (told !== toldStatus) {
      toldStatus = told;
      statuses.tell(now);
    }
    if (unfetched && isReached(now)) fetching = fetchAssignments();
    const { activity } = replica.state;
    if (replica.hasRuleset || (activity !== "resting" && activity !== "pulling")) onAttempted();
  }
  const isReached = ({ phase }: SyncStatus): boolean => phase === "live" || phase === "polling";

  /** Takes over what the server, and so other devices, know of this user. A failure is reported and changes nothing. */
  async function fetchAssignments(): Promise<void> {
    unfetched = false;
    const user = base;
    try {
      await loadAssignments();
      if (signal.aborted || !engine.stickyUnits(context()).length) return;
      const known = await source.assignments(signal);
      if (signal.aborted || user !== base) return;
      // What the server knows is the user's; flags that bucket by something else are not in it.
      const news = assignmentsBy((flagKey, unit) => (unit === user.userId ? known[flagKey] : undefined));
      if (sticky.adopt(news)) refresh();
      if (news.length) await session.keep(news);
    } catch (error) {
      report(error as Error);
    }
  }

  async function boot(): Promise<void> {
    await session.open();
    await loadAssignments();
    if (signal.aborted) return;
    const isKnown = replica.hasRuleset;
    session.join();
    if (isKnown) return;
    await attempted;
    await fetching;
  }

  function missing<T>(key: string, defaultValue: T | undefined): FlagResult<T> {
    if (defaultValue === undefined) throw new FlagNotFoundError(key);
    const reason = replica.hasRuleset ? "default" : "error_fallback";
    return view.toResult({ key, value: defaultValue, variant: null, enabled: false, reason, ruleId: null });
  }

  const painted = copy?.read();
  if (painted) sticky.adopt(painted.assignments);
  session.start(painted);
  const ready = within(clock, readyTimeoutMs, boot().catch(report));

  return {
    ready: () => ready,
    flag<T>(key: string, defaultValue: T): T {
      const found = view.get(key);
      if (!found) return defaultValue;
      exposures.record(found);
      return found.value as T;
    },
    evaluate<T>(key: string, { trace, defaultValue }: { readonly trace?: boolean; readonly defaultValue?: T } = {}) {
      let result = view.get(key) as FlagResult<T> | undefined;
      if (!result || trace) {
        if (!engine.has(key) || !isListed(key)) return missing(key, defaultValue);
        result = view.toResult(engine.evaluate(key, context(), { trace, defaultValue }));
      }
      exposures.record(result);
      return result;
    },
    flags: view.flags,
    flagDetails: view.details,
    async refetch() {
      assertOpen();
      if (!identified && typeof options.context === "function") {
        base = resolveContext();
        exposures.forget();
        refresh();
      }
      await replica.refetch();
      await fetchAssignments();
    },
    async identify(user) {
      assertOpen();
      base = user;
      identified = unfetched = true;
      exposures.forget();
      const loading = loadAssignments();
      refresh();
      await loading;
      if (isReached(status())) await within(clock, readyTimeoutMs, fetchAssignments());
    },
    context: () => base,
    onChange: (listener) => changes.add(() => listener()),
    onFlagChange(key, listener) {
      let last = view.get(key);
      return changes.add(() => {
        const now = view.get(key);
        if (now === last || (now?.variant === last?.variant && isSameValue(now?.value, last?.value))) return;
        last = now;
        listener(now?.value);
      });
    },
    onStatusChange: (listener) => statuses.add(listener),
    track(event, { value, metadata } = {}) {
      const data = { ...(value !== undefined && { value }), ...(metadata !== undefined && { metadata }) };
      record([{ type: "event", event, unit: base.userId ?? null, ...data }]);
    },
    status,
    async flush() {
      assertOpen();
      await outbox.flush();
    },
    assignments: () => Object.fromEntries(assigned().map(({ flagKey, variantKey }) => [flagKey, variantKey])),
    recordImpression: exposures.record,
    destroy() {
      if (signal.aborted) return;
      session.stop();
      freshness.stop();
      onAttempted();
    },
  };
}
