import { Inject, Injectable } from "@nestjs/common";
import { FlagConflictError, ValidationError } from "../../src/errors";
import type { Flag, Override, OverrideScope } from "../../src/model/flag";
import type { FlagKey } from "../../src/model/flag-registry";
import { boolean, object, optional, readWith, text } from "../../src/model/schema";
import { INTERNAL, type FlagManager, type MutationOptions } from "../../src/server/types";
import { createAnswerCache, type AnswerCache } from "./answer-cache";
import type { Emitter } from "./emitter";
import { evaluateFlag } from "./evaluate";
import { FeatureFlagEvents, FlagEvaluatedEvent, FlagMutationEvent, FlagOverrideEvent } from "./events";
import {
  type CreateFeatureFlag,
  type FeatureFlagRecord,
  parseUpdate,
  toFlagInput,
  toFlagPatch,
  toRecord,
  type UpdateFeatureFlag,
} from "./flag-record";
import type { OpenRollease } from "./open";
import type { FeatureFlagContext, FeatureFlagRequest, FeatureFlagSettings } from "./options";
import type { RequestContexts } from "./request-contexts";
import { EMITTER, OPEN, REQUESTS, SETTINGS } from "./tokens";

/** Whom an override is for: exactly one of the three. */
export interface OverrideTarget {
  readonly userId?: string;
  readonly tenantId?: string;
  readonly environment?: string;
}

/** Who changes a flag, and why; both go into its history. */
export type ChangeOptions = Pick<MutationOptions, "actor" | "reason">;

const TRIES = 5;
const PAGE = 500;

const target = object<OverrideTarget & { readonly enabled?: boolean }>({
  userId: optional(text({ min: 1 })),
  tenantId: optional(text({ min: 1 })),
  environment: optional(text({ min: 1 })),
  enabled: optional(boolean),
});

/**
 * Asks for flags and changes them. Six layers answer, the first that has something to say: an archived flag is off; the override
 * of the user; of the tenant; of the environment; the percentage, of users, or tenants where there is no user; `enabled`.
 */
@Injectable()
export class FeatureFlagService {
  readonly #settings: FeatureFlagSettings;
  readonly #open: OpenRollease;
  readonly #requests: RequestContexts;
  readonly #emitter: Emitter | undefined;
  readonly #answers: AnswerCache;
  readonly #stop: () => void;

  constructor(
    @Inject(SETTINGS) settings: FeatureFlagSettings,
    @Inject(OPEN) open: OpenRollease,
    @Inject(REQUESTS) requests: RequestContexts,
    @Inject(EMITTER) emitter: Emitter | undefined,
  ) {
    const { clock, feed, hasLocalOverrides } = open.rl[INTERNAL];
    const ttlMs = hasLocalOverrides ? 0 : settings.cacheTtlMs;
    this.#settings = settings;
    this.#open = open;
    this.#requests = requests;
    this.#emitter = emitter;
    this.#answers = createAnswerCache(ttlMs, () => clock.now());
    this.#stop = feed.subscribe(({ reset, commit }) => {
      if (ttlMs > 0 && (reset || commit.changes.length > 0)) this.invalidateCache();
    });
  }

  /**
   * Whether a flag is on for whom `context` names, or, without one, for whom the request is that is being answered. A flag that is not
   * there is off. An answer out of the cache is no evaluation: no hook is asked, and nothing is recorded.
   *
   * @throws ValidationError for a user or a tenant that is no text
   */
  async isEnabled(key: FlagKey, context?: FeatureFlagContext): Promise<boolean> {
    const asked = await this.#requests.contextOf(context);
    const { result, source, cached } = await this.#answers.answer(key, asked, () => evaluateFlag(this.#open.rl, key, asked));
    this.#tell(FeatureFlagEvents.EVALUATED, () => new FlagEvaluatedEvent(key, result, source, asked, cached));
    return result;
  }

  /** Whether a flag is on for whom a request is; for guards of your own. */
  isEnabledForRequest(key: FlagKey, request: FeatureFlagRequest): Promise<boolean> {
    return this.#requests.run(request, () => this.isEnabled(key));
  }

  /** @throws ValidationError; FlagConflictError for a key that is taken */
  async create(flag: CreateFeatureFlag, options?: ChangeOptions): Promise<FeatureFlagRecord> {
    return this.#changed("created", await this.#flags.create(toFlagInput(flag), options));
  }

  /** @throws ValidationError; FlagNotFoundError; FlagLockedError */
  async update(key: string, update: UpdateFeatureFlag, options?: ChangeOptions): Promise<FeatureFlagRecord> {
    const read = parseUpdate(update);
    for (let tries = 1; ; tries++) {
      const before = await this.#flags.get(key);
      const patch = toFlagPatch(before, read, this.#settings.environment);
      try {
        return this.#changed("updated", await this.#flags.update(key, patch, { ...options, ifVersion: before.version }));
      } catch (error) {
        if (!(error instanceof FlagConflictError) || tries === TRIES) throw error;
      }
    }
  }

  /** Turns a flag off for everybody; it is no longer among `findAll`. @throws FlagNotFoundError; FlagLockedError */
  async archive(key: string, options?: ChangeOptions): Promise<FeatureFlagRecord> {
    return this.#changed("archived", await this.#flags.archive(key, options));
  }

  /** Every flag of the environment that is not archived. */
  async findAll(): Promise<readonly FeatureFlagRecord[]> {
    const { environment } = this.#settings;
    const found: FeatureFlagRecord[] = [];
    for (;;) {
      const query = { status: ["active", "killed"], environment, limit: PAGE, offset: found.length } as const;
      const { flags, hasMore } = await this.#flags.list(query);
      found.push(...flags.map((flag) => toRecord(flag, environment)));
      if (!hasMore) return found;
    }
  }

  /** Decides for a user, a tenant or an environment, in place of what was decided before. @throws as `update` */
  async setOverride(
    key: string,
    override: OverrideTarget & { readonly enabled: boolean },
    options?: ChangeOptions,
  ): Promise<FeatureFlagRecord> {
    const { scope, id, enabled } = parseOverride(override);
    if (enabled === undefined) throw new ValidationError([{ path: "enabled", message: "is required" }]);
    const flag = await this.#flags.setOverride(key, { scope, id, value: enabled }, options);
    this.#tell(FeatureFlagEvents.OVERRIDE_SET, () => new FlagOverrideEvent(key, "set", scope, id, enabled));
    return toRecord(flag, this.#settings.environment);
  }

  /** Takes an override back; there need be none. @throws as `update` */
  async removeOverride(key: string, override: OverrideTarget, options?: ChangeOptions): Promise<FeatureFlagRecord> {
    const { scope, id } = parseOverride(override);
    const flag = await this.#flags.removeOverride(key, { scope, id }, options);
    this.#tell(FeatureFlagEvents.OVERRIDE_REMOVED, () => new FlagOverrideEvent(key, "removed", scope, id, null));
    return toRecord(flag, this.#settings.environment);
  }

  /** Forgets every answer. Changes of flags do so by themselves. */
  invalidateCache(): void {
    this.#answers.clear();
    this.#tell(FeatureFlagEvents.CACHE_INVALIDATED, () => ({}));
  }

  /** @internal Nest calls it once nothing is answered any more. */
  async onApplicationShutdown(): Promise<void> {
    this.#stop();
    await this.#open.close();
  }

  get #flags(): FlagManager {
    return this.#open.rl.flags;
  }

  #changed(action: FlagMutationEvent["action"], flag: Flag): FeatureFlagRecord {
    const record = toRecord(flag, this.#settings.environment);
    const names = { created: "CREATED", updated: "UPDATED", archived: "ARCHIVED" } as const;
    this.#tell(FeatureFlagEvents[names[action]], () => new FlagMutationEvent(flag.key, action, record));
    return record;
  }

  /** A listener that fails is no failure of what it was told of. */
  #tell(event: string, payload: () => object): void {
    if (!this.#emitter) return;
    try {
      this.#emitter.emit(event, payload());
    } catch (error) {
      this.#open.rl[INTERNAL].log("error", "A listener failed.", { event, error });
    }
  }
}

/** @throws ValidationError unless it names exactly one */
function parseOverride(given: OverrideTarget): Pick<Override, "id"> & { scope: OverrideScope; enabled: boolean | undefined } {
  const { userId, tenantId, environment, enabled } = readWith(target, given);
  const named = Object.entries({ user: userId, tenant: tenantId, environment }).filter(([, id]) => id !== undefined);
  const [first, second] = named as [OverrideScope, string][];
  if (!first || second)
    throw new ValidationError([{ path: "userId", message: "must be given, or tenantId, or environment: exactly one of them" }]);
  return { scope: first[0], id: first[1], enabled };
}
