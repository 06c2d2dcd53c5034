import { createEngine } from "../engine/create-engine";
import { INSIDE } from "../engine/inside";
import { ClosedError, FlagNotFoundError } from "../errors";
import type { FlagContext } from "../model/context";
import type { Change } from "../model/definition";
import type { Evaluation, FlagResult } from "../model/result";
import type { LocalStore, StoredAssignment } from "../ports/local-store";
import { createAlarm, createHost } from "../replica/host";
import { within } from "../replica/within";
import { withDigests } from "./digests";
import { createExposures } from "./exposures";
import { createFirstPaintCopy } from "./first-paint";
import { createFlagView } from "./flag-view";
import { forgetUnits } from "./forget";
import { createStickyAssignments, type StickyUnit } from "./sticky-assignments";
import { createSyncSession } from "./sync-session";
import type { IdentifyOptions, RolleaseClient, RolleaseClientOptions } from "./types";
import { createWatchers } from "./watchers";

/**
 * Makes a client that evaluates locally and keeps itself current in the background.
 *
 * @param openStore Opens the store where the options give none, under a name for this server and key.
 */
export function createClient(
  options: RolleaseClientOptions,
  openStore: (name: string) => LocalStore | undefined,
): RolleaseClient {
  const { readyTimeoutMs = 3000, maxStalenessMs = Infinity } = options;
  const { localStorage, localStorageKey = "rollease:flags", onFlagsChange } = options;
  const scope = `${options.baseUrl}|${options.clientKey ?? ""}`;
  const host = createHost(options);
  const { clock, signal, report } = host;
  /** Whom flags are evaluated for, or who is asked for that. */
  let given = options.context;
  let base = resolveContext();
  /** What the server knows of this user is here, or under way. */
  let fetching: Promise<void> | undefined;
  let isStale = false;
  /** With the digests of what it holds, once they are made. */
  let digested = base;
  /** The ruleset stays as it is, kill switches apart. */
  let isPinned = false;

  let onAttempted!: () => void;
  /** There is a ruleset, or the first attempt to get one has failed. */
  const attempted = new Promise<void>((resolve) => (onAttempted = resolve));

  const watchers = createWatchers(report);
  const alarm = createAlarm(host, refresh);

  const session = createSyncSession(host, {
    client: options,
    scope,
    readyTimeoutMs,
    store: options.store ?? openStore(`rollease:${scope}`),
    user: () => base,
    onChanges(changes) {
      // Before the first flag, there is nothing to hold.
      view.apply(isPinned && engine.keys().length ? changes.filter(isKill) : changes);
      // Where nothing else has changed, it may be how to digest.
      if (changes.length) refresh();
      else void become(base);
    },
    onAssigned: adopt,
    assignments: () => [...sticky.known.values()],
    onState,
  });
  const { replica, store, outbox, source, status } = session;

  const sticky = createStickyAssignments(
    stickyUnits,
    (unit) => store.use((held) => held.assignments([unit])),
    adopt,
    (assignment) => outbox.record({ type: "assignment", ...assignment }),
  );
  const engine = createEngine({ flags: [], segments: [], layers: [] }, { now: serverNow, assignments: sticky });
  const view = createFlagView(engine, context, toResult);
  const recordImpression = createExposures(options.impressions, host.random, view.revision, unitOf, outbox.record);

  function isKill({ kind, key, doc }: Change): boolean {
    return kind === "flag" && doc?.status === "killed" && engine.has(key);
  }
  function serverNow(): number {
    return clock.now() + replica.state().facts.offset;
  }
  function toResult<T>(evaluation: Evaluation<T>): FlagResult<T> {
    return { ...evaluation, evaluatedAt: new Date(serverNow()), ...(isStale && { stale: true }) };
  }
  function resolveContext(): FlagContext {
    return (typeof given === "function" ? given() : given) ?? {};
  }
  /** Whom flags are evaluated for: in the ruleset's environment, unless the context says otherwise. */
  function context(): FlagContext {
    const { environment } = replica.state().facts;
    return environment ? { ...digested, environment: base.environment ?? environment } : digested;
  }
  function stickyUnits(flagKey?: string): StickyUnit[] {
    return engine.stickyUnits(context(), flagKey);
  }
  function unitOf(flagKey: string): string | undefined {
    return stickyUnits(flagKey).find((sticky) => sticky.flagKey === flagKey)?.unit ?? base.userId;
  }
  /** Evaluates for that user from now on. Until the user's digests are made, no comparison with one holds. */
  async function become(user: FlagContext): Promise<void> {
    if (user !== base) base = digested = user;
    refresh();
    const made = await withDigests(user, replica.state().facts.digests).catch(report);
    if (made && user === base) {
      digested = made;
      refresh();
    }
  }
  function adopt(assignments: readonly StoredAssignment[]): void {
    sticky.adopt(assignments);
    refresh();
  }

  function assertOpen(): void {
    if (signal.aborted) throw new ClosedError("The client");
  }

  /** Something that results depend on has changed. */
  function refresh(): void {
    update(true);
  }

  /** Tells of what has changed, and sets the alarm for when time alone changes a result. */
  function update(isNews: boolean): void {
    if (signal.aborted) return;
    const was = isStale;
    // What was never known does not age.
    const age = status().staleForMs ?? -Infinity;
    isStale = age >= maxStalenessMs;
    const now = serverNow();
    alarm(Math.min((engine.nextBoundary(now) ?? Infinity) - now, isStale ? Infinity : maxStalenessMs - age));
    if (isNews || isStale !== was) view.invalidate();
    watchers.check();
  }

  function onState(): void {
    update(false);
    if (!fetching && isReached()) fetching = fetchAssignments();
    if (replica.state().hasRuleset || ["offline", "stopped"].includes(status().phase)) onAttempted();
  }
  function isReached(): boolean {
    return ["live", "polling"].includes(status().phase);
  }
  /** Takes over what the server, and so other devices, know of this user. A failure is reported and changes nothing. */
  async function fetchAssignments(): Promise<void> {
    const user = base;
    try {
      await sticky.load();
      if (!stickyUnits().length) return;
      const known = await source.assignments(signal);
      if (user !== base) return;
      // What the server knows is the user's; flags that bucket by something else are not in it.
      const news = sticky.current((flagKey, unit) => (unit === user.userId ? known[flagKey] : undefined));
      if (news.length) session.keep(news);
    } catch (error) {
      report(error);
    }
  }

  async function boot(): Promise<void> {
    await session.open();
    // What comes from now on is for the next load.
    isPinned = options.updates === "pinned";
    await sticky.load();
    session.join();
    await attempted;
    await become(base);
    await fetching;
  }

  if (onFlagsChange) watchers.watch(view.flags, onFlagsChange);
  if (localStorage) {
    const copy = createFirstPaintCopy(localStorageKey, scope, report, () => {
      const ruleset = replica.ruleset();
      return ruleset && { ruleset, assignments: sticky.current(), facts: replica.state().facts };
    });
    copy.read(({ ruleset, assignments, facts }) => {
      sticky.adopt(assignments);
      replica.seed(ruleset, facts);
    });
    watchers.watch(view.revision, copy.write);
  }
  const ready = within(clock, readyTimeoutMs, Promise.race([boot(), new Promise<void>(host.onEnd)]));

  async function identify(user: FlagContext, { alias }: IdentifyOptions = {}): Promise<void> {
    assertOpen();
    given = user;
    if (alias) {
      // Before anything is assigned to the new user.
      await sticky.carry(alias, user.userId ?? alias);
      if (given !== user) return;
    }
    fetching = undefined;
    await become(user);
    await sticky.load();
    if (isReached()) await within(clock, readyTimeoutMs, (fetching ??= fetchAssignments()));
  }

  return {
    get [INSIDE]() {
      return { ...engine[INSIDE], context: context() };
    },
    ready: () => ready,
    flag<T>(key: string, defaultValue: T): T {
      const found = view.get(key);
      if (!found) return defaultValue;
      recordImpression(found);
      return found.value as T;
    },
    evaluate<T>(key: string, { trace, defaultValue }: { readonly trace?: boolean; readonly defaultValue?: T } = {}) {
      let result = view.get(key) as FlagResult<T> | undefined;
      if (!result || trace) {
        if (!view.has(key)) {
          if (defaultValue === undefined) throw new FlagNotFoundError(key);
          const reason = replica.state().hasRuleset ? "default" : "error_fallback";
          return toResult({ key, value: defaultValue, variant: null, enabled: false, reason, ruleId: null });
        }
        result = toResult(engine.evaluate(key, context(), { trace, defaultValue }));
      }
      recordImpression(result);
      return result;
    },
    flags: view.flags,
    flagDetails: view.details,
    async refetch() {
      assertOpen();
      if (typeof given === "function") await become(given());
      await replica.refetch();
      await (fetching = fetchAssignments());
    },
    identify,
    async forget() {
      const units = [base.userId, ...stickyUnits().map(({ unit }) => unit)];
      await identify({});
      await forgetUnits(session, sticky, units);
    },
    context: () => base,
    onChange: (listener) => watchers.watch(view.revision, () => listener()),
    onFlagChange(key, listener) {
      const look = (): string | undefined => {
        const found = view.get(key);
        return found && JSON.stringify([found.variant, found.value]);
      };
      return watchers.watch(look, () => listener(view.get(key)?.value));
    },
    onStatusChange(listener) {
      const look = (): string => JSON.stringify({ ...status(), staleForMs: 0, error: status().error?.message });
      return watchers.watch(look, () => listener(status()));
    },
    track(event, { value, metadata } = {}) {
      outbox.record({ type: "event", event, unit: base.userId ?? null, value, metadata });
    },
    status,
    async flush() {
      assertOpen();
      await outbox.flush();
    },
    assignments: () => Object.fromEntries(sticky.current().map(({ flagKey, variantKey }) => [flagKey, variantKey])),
    recordImpression,
    destroy: host.end,
  };
}
