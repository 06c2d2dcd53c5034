import { createEngine } from "../engine/create-engine";
import { ClosedError, FlagNotFoundError } from "../errors";
import type { FlagContext } from "../model/context";
import type { FlagResult } from "../model/result";
import { systemClock } from "../ports/clock";
import type { LocalStore, StoredAssignment } from "../ports/local-store";
import { createExposures } from "./exposures";
import { createFirstPaintCopy, type FirstPaint } from "./first-paint";
import { createGate } from "./gate";
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

  // An `onError` that throws is for the page to hear of.
  const errors = createListeners<Error>((error) => globalThis.reportError?.(error));
  const report = (error: Error): void => {
    if (!session.signal.aborted) errors.tell(error);
  };
  const changes = createListeners(report);
  const flagChanges = createListeners(report);
  const statuses = createListeners<SyncStatus>(report);
  const { onError, onFlagsChange } = options;
  if (onError) errors.add((error) => onError(error));
  if (onFlagsChange)
    changes.add(() => {
      const flags = view.flags();
      if (flags !== toldFlags) onFlagsChange((toldFlags = flags));
    });

  const ready = createGate(clock, readyTimeoutMs);
  const attempted = createGate(clock, readyTimeoutMs);

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
  const { replica, store, outbox, source, signal } = session;

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
  const serverNow = (): number => clock.now() + Number(session.facts.offset ?? 0);
  const engine = createEngine({ flags: [], segments: [], layers: [] }, { now: serverNow, assignments: sticky });
  const freshness = createFreshness({
    clock,
    now: serverNow,
    maxStalenessMs,
    known: session.status,
    nextBoundary: engine.nextBoundary,
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
    const { environment } = session.facts;
    return environment === undefined ? base : { ...base, environment: base.environment ?? String(environment) };
  }
  function unitOf(flagKey: string): string | undefined {
    return engine.stickyUnits(context(), flagKey).find((sticky) => sticky.flagKey === flagKey)?.unit ?? base.userId;
  }
  function assigned(): StoredAssignment[] {
    return engine.stickyUnits(context()).flatMap(({ flagKey, unit }) => {
      const variantKey = sticky.get(flagKey, unit);
      return variantKey === undefined ? [] : { flagKey, unit, variantKey };
    });
  }
  const loadAssignments = (): Promise<void> => sticky.load([...new Set(engine.stickyUnits(context()).map(({ unit }) => unit))]);

  function record(facts: readonly Fact[], then?: () => Promise<void>): void {
    if (!signal.aborted) session.record(facts).then(then).catch(report);
  }

  /** Something that results depend on has changed. */
  function refresh(): void {
    if (signal.aborted) return;
    view.invalidate();
    freshness.schedule();
    copy?.write();
    flagChanges.tell();
    changes.tell();
  }

  /** What the next first paint needs. */
  function remember(): Omit<FirstPaint, "scope"> | undefined {
    const { checkpoint, hash, lastSyncAt } = replica;
    if (checkpoint === null || signal.aborted) return undefined;
    const facts = { ...session.facts, ...(lastSyncAt !== null && { lastSyncAt }) };
    return { ruleset: { checkpoint, hash, changes: [...replica.present()] }, assignments: assigned(), facts };
  }

  function status(): SyncStatus {
    const known = session.status();
    return { ...known, staleForMs: freshness.staleForMs(known) };
  }

  function onState(): void {
    if (signal.aborted) return;
    freshness.check();
    const now = status();
    const told = JSON.stringify({ ...now, staleForMs: 0, error: now.error?.message });
    if (told !== toldStatus) {
      toldStatus = told;
      statuses.tell(now);
    }
    if (unfetched && isReached(now)) void fetchAssignments();
    const { activity } = replica.state;
    if (replica.hasRuleset || (activity !== "resting" && activity !== "pulling")) attempted.open();
  }
  const isReached = ({ phase }: SyncStatus): boolean => phase === "live" || phase === "polling";

  /** Takes over what the server, and so other devices, know of this user. A failure is reported and changes nothing. */
  function fetchAssignments(): Promise<void> {
    unfetched = false;
    const user = base;
    return (fetching = (async () => {
      try {
        await loadAssignments();
        const wanted = engine.stickyUnits(context());
        if (!wanted.length || signal.aborted) return;
        const known = await source.assignments(signal);
        if (user !== base || signal.aborted) return;
        const news = wanted.flatMap(({ flagKey, unit }) => {
          // What the server knows is the user's; flags that bucket by something else are not in it.
          const variantKey = unit === user.userId && Object.hasOwn(known, flagKey) ? known[flagKey] : undefined;
          return variantKey === undefined || variantKey === sticky.get(flagKey, unit) ? [] : { flagKey, unit, variantKey };
        });
        if (!news.length) return;
        sticky.adopt(news);
        refresh();
        await session.keep(news);
      } catch (error) {
        report(error as Error);
      }
    })());
  }

  async function boot(): Promise<void> {
    await session.open();
    await loadAssignments();
    if (signal.aborted) return;
    if (replica.hasRuleset) ready.open();
    session.join();
    await attempted.opened;
    await fetching;
    ready.open();
  }

  function missing<T>(key: string, defaultValue: T | undefined): FlagResult<T> {
    if (defaultValue === undefined) throw new FlagNotFoundError(key);
    const reason = replica.hasRuleset ? "default" : "error_fallback";
    return view.toResult({ key, value: defaultValue, variant: null, enabled: false, reason, ruleId: null });
  }

  const painted = copy?.read();
  if (painted) {
    session.learn(painted.facts);
    sticky.adopt(painted.assignments);
    replica.seed(painted.ruleset, Number(painted.facts.lastSyncAt ?? 0));
  }
  session.seedBootstrap();
  boot().catch(report);

  return {
    ready: () => ready.opened,
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
      if (signal.aborted) throw new ClosedError("The client");
      if (!identified && typeof options.context === "function") {
        base = resolveContext();
        exposures.forget();
        refresh();
      }
      await replica.refetch();
      await fetchAssignments();
    },
    async identify(user) {
      if (signal.aborted) throw new ClosedError("The client");
      base = user;
      identified = unfetched = true;
      exposures.forget();
      const loading = loadAssignments();
      refresh();
      await loading;
      if (!isReached(status())) return;
      const late = createGate(clock, readyTimeoutMs);
      void fetchAssignments().then(late.open);
      await late.opened;
    },
    context: () => base,
    onChange: (listener) => changes.add(() => listener()),
    onFlagChange(key, listener) {
      let last = view.get(key);
      return flagChanges.add(() => {
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
      if (signal.aborted) throw new ClosedError("The client");
      await outbox.flush();
    },
    assignments: () => Object.fromEntries(assigned().map(({ flagKey, variantKey }) => [flagKey, variantKey])),
    recordImpression: exposures.record,
    destroy() {
      if (signal.aborted) return;
      session.stop();
      freshness.stop();
      attempted.open();
      ready.open();
    },
  };
}
