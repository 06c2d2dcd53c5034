import type { RolleaseClient } from "../../src/client/types";
import type { Inside } from "../../src/engine/explain";
import { INSIDE } from "../../src/engine/inside";
import type { Flag } from "../../src/model/flag";
import type { FlagResult } from "../../src/model/result";
import { evaluationEvent, factsOf } from "../../src/ports/evaluation-event";
import type { EventLogger } from "../../src/ports/telemetry";

export interface ClientTelemetryOptions {
  /** As `logs.getLogger("rollease")` of `@opentelemetry/api-logs` gives it. */
  readonly logger: EventLogger;
  /** Tells the value beside a variant, too. @defaultValue false */
  readonly includeValue?: boolean;
  /** Fields of the context that are nobody's business. Nothing but `userId` is ever told, and not even that where it is among these. @defaultValue [] */
  readonly privateAttributes?: readonly string[];
}

/**
 * A client in all respects, that tells OpenTelemetry of each evaluation by `flag` and `evaluate`, and of each result that a
 * component shows, by the event `feature_flag.evaluation` of its semantic conventions. A logger that throws changes no answer.
 *
 * @param client - which it stays one with: what is done to either is done to both
 */
export function withTelemetry(client: RolleaseClient, options: ClientTelemetryOptions): RolleaseClient {
  const { logger, includeValue, privateAttributes = [] } = options;
  const isPrivate = privateAttributes.includes("userId");

  function tell(result: FlagResult, failure?: "FLAG_NOT_FOUND" | "PROVIDER_NOT_READY"): void {
    const { ruleset } = client[INSIDE] as Inside;
    const { environment, userId } = client.context();
    const version = (ruleset.flags.get(result.key)?.doc as Flag | undefined)?.version;
    const facts = factsOf(result, { contextId: isPrivate ? undefined : userId, setId: environment, version, includeValue });
    const { name, attributes } = evaluationEvent(failure ? { ...facts, reason: "ERROR", error: { code: failure } } : facts);
    try {
      logger.emit({ eventName: name, attributes });
    } catch {
      // It is the app's, which hears of it elsewhere; a flag has to be answered.
    }
  }
  /** Tells of a flag that is not there, for callers, or not yet. */
  function tellOfMissing(key: string): void {
    const failure = client.status().checkpoint === null ? "PROVIDER_NOT_READY" : "FLAG_NOT_FOUND";
    const nothing = { value: null, variant: null, enabled: false, reason: "default", ruleId: null } as const;
    tell({ key, ...nothing, evaluatedAt: new Date() }, failure);
  }
  /** Tells of a flag as every caller sees it. */
  function look(key: string): void {
    try {
      tell(client.evaluate(key));
    } catch {
      tellOfMissing(key);
    }
  }

  // An impression counts once, however often it is recorded.
  const evaluate: RolleaseClient["evaluate"] = (key, call) => {
    look(key);
    return client.evaluate(key, call);
  };
  const flag: RolleaseClient["flag"] = (key, defaultValue) => {
    look(key);
    return client.flag(key, defaultValue);
  };
  const recordImpression: RolleaseClient["recordImpression"] = (result) => {
    tell(result);
    client.recordImpression(result);
  };
  // Not a copy: what a client holds inside is asked for each time.
  return Object.assign(Object.create(client) as RolleaseClient, { evaluate, flag, recordImpression });
}
