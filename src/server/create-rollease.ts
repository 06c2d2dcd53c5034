import { ClosedError, FlagNotFoundError, ValidationError } from "../errors";
import type { Flag } from "../model/flag";
import { formatCheckpoint } from "../protocol/checkpoint";
import { createFlagWriter } from "./change-flag";
import { checkEvaluable, type CheckEvaluable, type JudgeRegex } from "./check-evaluable";
import { type Settings, toSettings } from "./config";
import { livesIn } from "./environment";
import { createBulkOperations } from "./bulk-operations";
import { withCacheNotices } from "./cache/cache-notices";
import { openCache, type OpenCache } from "./cache/open-cache";
import { createServerEvaluator, type ServerEvaluator } from "./evaluate";
import { createFlagOperations } from "./flag-operations";
import { reportHealth } from "./health";
import { createImportOperations } from "./imports/import-definitions";
import { createImpressions } from "./impressions";
import { createLayerOperations } from "./layer-operations";
import { createLocalOverrides } from "./local-overrides";
import { createMutate, type Mutate } from "./mutate";
import { createHttpMeter, observeEvaluation, observeFeed, observeMutations, observePush } from "./observe";
import { createPrivacyOperations } from "./privacy-operations";
import { createPush } from "./push";
import { createRecentContexts } from "./releases/recent-contexts";
import { withReleases } from "./releases/release-operations";
import { endInTime } from "./resilience/end-in-time";
import { createImpatientDatabase } from "./resilience/impatient-database";
import { openReplica } from "./resilience/open-replica";
import { createResilientDatabase } from "./resilience/resilient-database";
import { createRuleOperations } from "./rule-operations";
import { createSdkKeys } from "./sdk-keys";
import { createSegmentOperations } from "./segment-operations";
import { createServerFeed, type HeldFeed } from "./server-feed";
import { createUsageReports } from "./usage-reports";
import { createSticky, type Sticky } from "./sticky";
import { rightsOf, type ProjectSnapshot } from "./snapshot-audience";
import { takeSnapshot } from "./take-snapshot";
import { createTrack } from "./track";
import type { RolleaseConfig } from "./config-types";
import { createWebhooks } from "./webhooks/webhooks";
import { type FlagManager, INTERNAL, type RolleaseCore, type ServerInternals } from "./types";

/** What the core needs and may not import itself. */
export interface CoreParts {
  readonly judgeRegex: JudgeRegex;
  readonly projectSnapshot: ProjectSnapshot;
  /** Opens the cache of a driver other than `memory`. */
  readonly openCache?: OpenCache;
}

/** Starts a server: its replica begins to load at once. @throws ConfigurationError */
export function createRolleaseCore(config: RolleaseConfig, { judgeRegex, projectSnapshot, ...parts }: CoreParts): RolleaseCore {
  const given = toSettings(config);
  const { clock, log } = given;
  const cache = openCache(given, parts.openCache);
  const circuit = createResilientDatabase(given.db, given);
  const db = cache ? withCacheNotices(circuit, cache, log) : circuit;
  const settings: Settings = { ...given, db };
  const startedAt = clock.now();
  let closing: Promise<void> | undefined;
  const assertOpen = (): void => {
    if (closing) throw new ClosedError("This rollease");
  };

  const feed = createServerFeed(log);
  const sticky = createSticky({ db: createImpatientDatabase(db, clock), feed, log });
  const impressions = createImpressions(settings);
  const overrides = createLocalOverrides(settings);
  // Before everybody else who listens to the feed, so that a listener who evaluates sees what it was told of.
  const readyToEvaluate = (): Promise<void> => replica.readyToEvaluate();
  const evaluator = observeEvaluation(
    createServerEvaluator({
      settings,
      feed,
      sticky,
      impressions,
      overrides: overrides.values,
      ready: readyToEvaluate,
      assertOpen,
    }),
    settings,
  );
  const replica = openReplica({ settings, circuit, cache, feed, onRead: observeFeed(feed, settings) });
  const { ready, refresh } = replica;
  const { queue, committed, ...webhooks } = createWebhooks(settings);
  const mutate = observeMutations(createMutate(settings, { refresh, assertOpen, queue, committed }), settings);
  const check: CheckEvaluable = (candidate) => checkEvaluable(candidate, judgeRegex, settings.hashedAttributes);
  const push = observePush(createPush({ settings, feed, sticky }), settings);
  const track = createTrack({ settings, push, assertOpen });
  const flags = createFlagManager({
    settings,
    mutate,
    check,
    feed,
    evaluator,
    projectSnapshot,
    ready,
    track,
    onFreshness: replica.onFreshness,
  });

  async function close(): Promise<void> {
    overrides.close();
    await endInTime(given, Promise.all([replica.close(), impressions.close(), webhooks.close()]));
    await endInTime(given, Promise.all([db.close(), cache?.close()]));
  }

  const core = {
    flags,
    keys: createSdkKeys(settings, mutate),
    async ready() {
      assertOpen();
      await ready().catch((error: unknown) => {
        if (!settings.fallbackOnError) throw error;
      });
    },
    health: () =>
      reportHealth(settings, {
        startedAt,
        ...evaluator.counts(),
        hasRuleset: feed.position() !== undefined,
        isCurrent: replica.isCurrent(),
        cache,
      }),
    close: () => (closing ??= close()),
  };
  const internals = createInternals(settings, { ...feed, refresh }, sticky, push);
  return Object.defineProperty(core, INTERNAL, { value: internals, enumerable: false }) as typeof core & RolleaseCore;
}

interface ManagerParts extends Pick<FlagManager, "track" | "onFreshness"> {
  readonly check: CheckEvaluable;
  readonly settings: Settings;
  readonly mutate: Mutate;
  readonly feed: HeldFeed;
  readonly evaluator: ServerEvaluator;
  readonly projectSnapshot: ProjectSnapshot;
  ready(): Promise<void>;
}

function createFlagManager({
  settings,
  mutate,
  check,
  feed,
  evaluator,
  projectSnapshot,
  ready,
  ...parts
}: ManagerParts): FlagManager {
  const { db, environment } = settings;
  const writer = createFlagWriter({ settings, mutate, check });
  const { counts: _, ...evaluation } = evaluator;
  const contexts = createRecentContexts();

  async function get(key: string): Promise<Flag> {
    const flag = await db.flag(key);
    if (!flag || !livesIn(flag, environment)) throw new FlagNotFoundError(key);
    return flag;
  }

  return {
    ...withReleases(evaluation, { settings, mutate, check, feed, ready, contexts }),
    ...createFlagOperations(writer),
    ...createRuleOperations(writer, get),
    ...createSegmentOperations(settings, mutate, check),
    ...createLayerOperations(settings, mutate),
    ...createBulkOperations(settings, mutate),
    ...createImportOperations(settings, mutate, check),
    ...createUsageReports(settings),
    ...createPrivacyOperations(settings, mutate, contexts),
    ...parts,
    get,
    async list(query = {}) {
      const { items, total } = await db.flags({ ...query, ...(environment !== undefined && { environment }) });
      return { flags: items, total, hasMore: (query.offset ?? 0) + items.length < total };
    },
    getHistory: (query = {}) => db.history(query),
    async getUserAssignments(userId) {
      return toRecord(await db.assignments([userId]));
    },
    listImpressions: (query = {}) => db.impressions(query),
    async snapshot(options = {}) {
      await ready();
      const asked = options.environment ?? environment;
      if (options.audience === undefined) return takeSnapshot(feed, asked);
      return projectSnapshot(feed, rightsOf(options.audience, asked, feed, settings), settings.hashedAttributes);
    },
    onChange: (listener) =>
      feed.subscribe(({ commit: { position, changes } }) => {
        if (changes.length === 0) return;
        const named = changes.map(({ kind, key, deleted = false }) => ({ kind, key, deleted }));
        listener({ checkpoint: formatCheckpoint(position), changes: named });
      }),
  };
}

function createInternals(
  settings: Settings,
  feed: ServerInternals["feed"],
  sticky: Sticky,
  push: ServerInternals["push"],
): ServerInternals {
  const { secret, environment, hashedAttributes, log, clock, db } = settings;
  const internals: Omit<ServerInternals, "secret"> = {
    environment,
    hasLocalOverrides: settings.localOverrides !== undefined,
    hashedAttributes,
    log,
    clock,
    db,
    feed,
    push,
    meter: createHttpMeter(settings),
    metrics: settings.metrics,
    async assignments(unit) {
      return toRecord(await db.assignments([unit]));
    },
    async assign({ flagKey, unit, variantKey }) {
      const row = { flagKey, userId: unit, variantKey };
      if (sticky.isGone(row)) throw new ValidationError([{ path: "variantKey", message: `names no variant: "${variantKey}"` }]);
      const [kept] = await db.transaction((tx) => tx.assign([row], (one) => sticky.isGone(one)));
      if (!kept) throw new FlagNotFoundError(flagKey);
      return kept.variantKey;
    },
  };
  return Object.defineProperty(internals, "secret", { value: secret, enumerable: false }) as ServerInternals;
}

function toRecord(rows: readonly { readonly flagKey: string; readonly variantKey: string }[]): Readonly<Record<string, string>> {
  const record = Object.create(null) as Record<string, string>;
  for (const { flagKey, variantKey } of rows) record[flagKey] = variantKey;
  return record;
}
