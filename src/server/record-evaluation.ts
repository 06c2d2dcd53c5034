import { isRolleaseError } from "../errors";
import type { FlagContext } from "../model/context";
import type { FlagResult } from "../model/result";
import { evaluationEvent, factsOf } from "../ports/evaluation-event";
import type { Settings } from "./config";
import type { HeldFeed } from "./server-feed";

/** Tells the telemetry adapter of evaluations, one by one. Of the context, it tells who it is, unless that is private. */
export interface EvaluationRecorder {
  evaluated(result: FlagResult, context: FlagContext): void;
  failed(key: string, context: FlagContext, error: unknown): void;
}

/** `undefined` where nobody wants to know. */
export function createEvaluationRecorder(
  { telemetry, redactor, environment }: Pick<Settings, "telemetry" | "redactor" | "environment">,
  feed: Pick<HeldFeed, "get">,
): EvaluationRecorder | undefined {
  if (!telemetry?.recordEvent) return undefined;
  const { recordEvent } = telemetry;

  function contextId({ userId }: FlagContext): string | undefined {
    return redactor.context({ userId }).userId === userId ? userId : undefined;
  }
  function versionOf(key: string): number | undefined {
    const held = feed.get("flag", key);
    return held?.kind === "flag" ? held.doc?.version : undefined;
  }

  return {
    evaluated(result, context) {
      const facts = factsOf(result, { contextId: contextId(context), setId: environment, version: versionOf(result.key) });
      const isFallback = result.reason === "error_fallback";
      recordEvent(evaluationEvent({ ...facts, ...(isFallback && { error: { code: "PROVIDER_NOT_READY" } }) }));
    },
    failed(key, context, error) {
      // What a hook of the app says may hold anything.
      const message = isRolleaseError(error) ? error.message : undefined;
      const rest = { contextId: contextId(context), setId: environment, version: versionOf(key) };
      const failure = { code: codeOf(error), message };
      recordEvent(evaluationEvent({ flagKey: key, provider: "rollease", reason: "ERROR", error: failure, ...rest }));
    },
  };
}

function codeOf(error: unknown): string {
  if (!isRolleaseError(error)) return "GENERAL";
  if (error.code === "FLAG_NOT_FOUND") return "FLAG_NOT_FOUND";
  return error.code === "STORAGE" ? "PROVIDER_NOT_READY" : "GENERAL";
}
