import { isRolleaseError } from "../../src/errors";
import type { FlagChangeEvent, FlagManager } from "../../src/server/types";
import { toFlagContext } from "./context";
import { type Definitions, flagsAffected, keepDefinitions } from "./definitions";
import { createProviderEvents } from "./provider-events";
import { toResolutionError } from "./resolution-error";
import { toResolution, type ValueType } from "./resolve";
import { reportTo, toTracked } from "./track";
import type { OpenFeatureContext, ProviderOptions, Resolution, RolleaseProvider } from "./types";

/** As much of `rl.flags` as it takes. */
export type ProviderFlags = Pick<FlagManager, "evaluate" | "snapshot" | "onChange" | "onFreshness" | "track">;

/**
 * Makes a provider for `@openfeature/server-sdk` of `rl.flags`. `targetingKey` is the `userId`. It is ready when there is a
 * ruleset, stale while the database is away, and tells of changes with the flags that they concern. Closing it leaves
 * `rl` open.
 *
 * @param flags - `rl.flags`
 */
export function createRolleaseProvider<H = never>(flags: ProviderFlags, options: ProviderOptions<H> = {}): RolleaseProvider<H> {
  const report = reportTo(options);
  const events = createProviderEvents();
  const definitions = keepDefinitions(flags);
  const tracking = new Set<Promise<void>>();
  let stops: (() => void)[] = [];
  let status: Status = "NOT_READY";
  let telling: Promise<void> = Promise.resolve();

  function become(next: "READY" | "STALE", message?: string): void {
    status = next;
    events.emit(`PROVIDER_${next}`, message === undefined ? {} : { message });
  }

  async function tellOfChange(
    { checkpoint, changes }: FlagChangeEvent,
    before: Definitions | undefined,
    of: typeof stops,
  ): Promise<void> {
    const now = await definitions.current();
    if (of !== stops) return;
    if (status === "ERROR") become("READY");
    const flagsChanged = flagsAffected(changes, before ? [before, now] : [now]);
    events.emit("PROVIDER_CONFIGURATION_CHANGED", { flagsChanged, metadata: { checkpoint } });
  }

  async function tellOfFreshness(isCurrent: boolean, of: typeof stops): Promise<void> {
    if (isCurrent) await definitions.current();
    if (of !== stops) return;
    if (isCurrent) become("READY");
    else if (status === "READY") become("STALE", "The database is away; flags are evaluated on what it had.");
  }

  function listen(): void {
    const own: typeof stops = [];
    stops = own;
    own.push(
      flags.onChange((event) => {
        const before = definitions.held();
        // At once, for whoever evaluates before the others are told.
        definitions.invalidate();
        telling = telling.then(() => tellOfChange(event, before, own)).catch(report);
      }),
      flags.onFreshness((isCurrent) => {
        telling = telling.then(() => tellOfFreshness(isCurrent, own)).catch(report);
      }),
    );
  }

  function close(): void {
    stops.forEach((stop) => stop());
    stops = [];
    status = "NOT_READY";
  }

  async function resolve<T>(key: string, type: ValueType, defaultValue: T, of: OpenFeatureContext): Promise<Resolution<T>> {
    try {
      const context = toFlagContext(of);
      const result = await flags.evaluate(key, context);
      const known = result.reason === "error_fallback" ? undefined : await definitions.current();
      const { userId } = context;
      return toResolution(result, type, defaultValue, { userId, flag: known?.flags.get(key), checkpoint: known?.checkpoint });
    } catch (error) {
      throw toResolutionError(error, definitions.held() ? "GENERAL" : codeOfStart(error));
    }
  }

  const provider: RolleaseProvider<H> = {
    metadata: { name: "rollease" },
    runsOn: "server",
    hooks: [...(options.hooks ?? [])],
    events,
    async initialize() {
      close();
      listen();
      try {
        await definitions.current();
        status = "READY";
      } catch (error) {
        status = "ERROR";
        throw toResolutionError(error, codeOfStart(error));
      }
    },
    async onClose() {
      close();
      definitions.invalidate();
      await Promise.all([...tracking, telling]);
    },
    track(event, context, details) {
      const { userId } = toFlagContext(context);
      const sent = flags
        .track(event, { ...toTracked(details), ...(userId !== undefined && { userId }) })
        .catch(report)
        .finally(() => tracking.delete(sent));
      tracking.add(sent);
    },
    resolveBooleanEvaluation: (key, defaultValue, context) => resolve(key, "boolean", defaultValue, context),
    resolveStringEvaluation: (key, defaultValue, context) => resolve(key, "string", defaultValue, context),
    resolveNumberEvaluation: (key, defaultValue, context) => resolve(key, "number", defaultValue, context),
    resolveObjectEvaluation: (key, defaultValue, context) => resolve(key, "object", defaultValue, context),
  };
  // Newer SDKs keep it themselves, by an enumeration that no text of ours is of.
  return Object.defineProperty(provider, "status", { get: () => status, enumerable: true });
}

/** What SDKs ask for that do not keep a provider's state themselves: those before 1.13. */
type Status = "NOT_READY" | "READY" | "ERROR" | "STALE";

/** What keeps a server from starting: a closed one never will, a database may come back. */
function codeOfStart(error: unknown): "PROVIDER_FATAL" | "PROVIDER_NOT_READY" | "GENERAL" {
  if (!isRolleaseError(error)) return "GENERAL";
  if (error.code === "CLOSED" || error.code === "CONFIGURATION") return "PROVIDER_FATAL";
  return error.code === "STORAGE" ? "PROVIDER_NOT_READY" : "GENERAL";
}
