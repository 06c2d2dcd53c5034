import type { RolleaseClient, SyncStatus } from "../../src/client/types";
import type { Inside } from "../../src/engine/explain";
import { INSIDE } from "../../src/engine/inside";
import type { Flag } from "../../src/model/flag";
import type { FlagResults } from "../../src/model/flag-registry";
import { toFlagContext } from "./context";
import { createProviderEvents } from "./provider-events";
import { ResolutionError, toResolutionError, withoutRuleset } from "./resolution-error";
import { toResolution, type ValueType } from "./resolve";
import { toTracked } from "./track";
import type { OpenFeatureContext, ProviderOptions, Resolution, RolleaseWebProvider } from "./types";

type State = "PROVIDER_READY" | "PROVIDER_STALE" | "PROVIDER_ERROR";

/**
 * Makes a provider for `@openfeature/web-sdk` of a client. OpenFeature's context becomes the client's, by `identify`, as soon
 * as it is set; until then the client's own counts. It is ready with the first ruleset, stale while the server cannot be
 * reached or results are out of date, in error while the server refuses the client. Closing it leaves the client open.
 */
export function createRolleaseWebProvider<H = never>(
  client: RolleaseClient,
  options: Pick<ProviderOptions<H>, "hooks"> = {},
): RolleaseWebProvider<H> {
  const events = createProviderEvents();
  let stops: (() => void)[] = [];
  let reconciling = 0;
  let status = client.status();
  let state: State = "PROVIDER_READY";
  let results: FlagResults = {};

  /** Takes what is as what is known, without telling anybody. */
  function look(): State {
    status = client.status();
    results = client.flagDetails();
    return (state = stateOf(status, results));
  }

  function tell(): void {
    // Whoever waits for another context is told when it has come, by the SDK.
    if (reconciling > 0) return;
    const [wasState, before] = [state, results];
    if (look() !== wasState) events.emit(state, messageOf(status));
    if (status.checkpoint === null || results === before) return;
    const flagsChanged = Object.keys({ ...before, ...results }).filter((key) => before[key] !== results[key]);
    const { checkpoint } = status;
    if (flagsChanged.length > 0) events.emit("PROVIDER_CONFIGURATION_CHANGED", { flagsChanged, metadata: { checkpoint } });
  }

  async function become(context: OpenFeatureContext): Promise<void> {
    reconciling++;
    try {
      await client.identify(toFlagContext(context));
    } catch (error) {
      throw toResolutionError(error);
    } finally {
      reconciling--;
      look();
    }
  }

  function resolve<T>(key: string, type: ValueType, defaultValue: T): Resolution<T> {
    try {
      const result = client.evaluate(key);
      const { ruleset } = client[INSIDE] as Inside;
      return toResolution(result, type, defaultValue, {
        userId: client.context().userId,
        flag: ruleset.flags.get(key)?.doc as Flag | undefined,
        checkpoint: status.checkpoint,
      });
    } catch (error) {
      if (client.status().checkpoint === null) throw withoutRuleset();
      throw toResolutionError(error);
    }
  }

  function close(): void {
    stops.forEach((stop) => stop());
    stops = [];
  }

  return {
    metadata: { name: "rollease" },
    runsOn: "client",
    domainScoped: true,
    hooks: [...(options.hooks ?? [])],
    events,
    async initialize(context = {}) {
      close();
      if (Object.keys(context).length > 0) await become(context);
      await client.ready();
      look();
      const own = (stops = [client.onChange(tell), client.onStatusChange(tell)]);
      if (status.checkpoint !== null) {
        // After the SDK has told that it is ready: it can evaluate, if on what was stored.
        if (state !== "PROVIDER_READY") setTimeout(() => own === stops && events.emit(state, messageOf(status)));
        return;
      }
      // Bad credentials stay bad; everything else may come back.
      throw withoutRuleset(status.error, status.phase === "stopped" ? "PROVIDER_FATAL" : undefined);
    },
    onContextChange: (_, context) => become(context),
    async onClose() {
      close();
      // What cannot be delivered now waits in the client's outbox, and the client tells of it.
      await client.flush().catch(() => undefined);
    },
    track(event, _, details) {
      if (event === "") throw new ResolutionError("GENERAL", "The event has no name.");
      client.track(event, toTracked(details));
    },
    resolveBooleanEvaluation: (key, defaultValue) => resolve(key, "boolean", defaultValue),
    resolveStringEvaluation: (key, defaultValue) => resolve(key, "string", defaultValue),
    resolveNumberEvaluation: (key, defaultValue) => resolve(key, "number", defaultValue),
    resolveObjectEvaluation: (key, defaultValue) => resolve(key, "object", defaultValue),
  };
}

function stateOf({ checkpoint, phase }: SyncStatus, results: FlagResults): State {
  if (checkpoint === null || phase === "stopped") return "PROVIDER_ERROR";
  const isStale = phase === "offline" || Object.values(results).some(({ stale }) => stale);
  return isStale ? "PROVIDER_STALE" : "PROVIDER_READY";
}

function messageOf({ phase, error }: SyncStatus): { readonly message: string } {
  return { message: error?.message ?? `The client is ${phase}.` };
}
