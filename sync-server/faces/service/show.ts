import type { Flag, Rule } from "../../../src/model/flag";
import type { EvalReason, FlagResult } from "../../../src/model/result";
import type { HistoryEntry } from "../../../src/ports/database-adapter";
import { flagIdOf } from "./flag-id";
import { raiseRules, type ServiceRule } from "./rules";

export type ServiceReason = "RULE_MATCH" | "NO_MATCH" | "FLAG_DISABLED" | "PERCENTAGE_ROLLOUT";

const REASONS: Readonly<Record<EvalReason, ServiceReason>> = {
  kill_switch: "FLAG_DISABLED",
  disabled: "FLAG_DISABLED",
  not_scheduled: "FLAG_DISABLED",
  expired: "FLAG_DISABLED",
  prerequisite_not_met: "FLAG_DISABLED",
  exclusion_group_miss: "NO_MATCH",
  override: "RULE_MATCH",
  assignment: "PERCENTAGE_ROLLOUT",
  rule_match: "RULE_MATCH",
  percentage: "PERCENTAGE_ROLLOUT",
  weighted_random: "PERCENTAGE_ROLLOUT",
  default: "NO_MATCH",
  error_fallback: "NO_MATCH",
};

export function showResult({ key, enabled, value, reason }: FlagResult): {
  readonly flagKey: string;
  readonly enabled: boolean;
  readonly reason: ServiceReason;
} {
  return { flagKey: key, enabled: enabled && Boolean(value), reason: REASONS[reason] };
}

export interface ServiceFlag {
  readonly id: string;
  readonly key: string;
  /** `null` for a flag that lives in all environments. */
  readonly environment: string | null;
  readonly enabled: boolean;
  readonly rolloutPercentage: number;
  /** Rules that the service has no words for are shown as they are. */
  readonly rules: readonly (ServiceRule | Rule)[];
  /** Only where one rule is enough. */
  readonly match?: "any";
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export async function showFlag(flag: Flag, environment: string | undefined): Promise<ServiceFlag> {
  const { key, status, rollout, version, createdAt, updatedAt } = flag;
  const raised = raiseRules(flag.rules);
  return {
    id: await flagIdOf(key),
    key,
    environment: flag.environment ?? (flag.environments?.length === 1 ? flag.environments[0] : undefined) ?? environment ?? null,
    enabled: status === "active",
    rolloutPercentage: rollout?.percentage ?? 0,
    rules: raised?.rules ?? flag.rules,
    ...(raised?.match === "any" && { match: "any" }),
    version,
    createdAt,
    updatedAt,
  };
}

export interface ServiceAuditLog {
  readonly id: string;
  readonly action: string;
  readonly entity: "FeatureFlag";
  readonly entityId: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly actor: string | null;
  readonly createdAt: string;
}

/** What changes of a flag as a whole are called there. */
const ACTIONS: ReadonlySet<string> = new Set(["create", "update", "archive", "restore", "kill", "delete", "clone"]);

export async function showAudit(entry: HistoryEntry, key: string, environment: string | undefined): Promise<ServiceAuditLog> {
  const { id, action, by, diff, createdAt } = entry;
  const shown = async (state: unknown): Promise<unknown> => (isFlag(state) ? showFlag(state, environment) : state);
  return {
    id,
    action: ACTIONS.has(action) ? `${action.toUpperCase()}_FLAG` : action.toUpperCase(),
    entity: "FeatureFlag",
    entityId: await flagIdOf(key),
    before: await shown(diff.before),
    after: await shown(diff.after),
    actor: by?.id ?? null,
    createdAt,
  };
}

/** History keeps what was redacted or erased in other shapes. */
function isFlag(state: unknown): state is Flag {
  const { key, rules } = (state ?? {}) as Partial<Flag>;
  return typeof key === "string" && Array.isArray(rules);
}
