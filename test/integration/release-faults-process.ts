/**
 * A server that is killed while it deploys, rolls back or runs the schedule. It says `ready`, waits for a line, and goes on until it
 * dies; what it is told is done, it tells its parent, line by line.
 */
import { writeSync } from "node:fs";
import { Pool } from "pg";
import { createPostgresAdapter } from "../../adapters/db/postgres/index";
import { isRolleaseError } from "../../src/errors";
import { projectSnapshot } from "../../sync-server/audiences/project-snapshot";
import { createRolleaseCore } from "../../src/server/create-rollease";
import type { ReleaseChangeInput } from "../../src/server/releases/release-types";
import type { RolleaseCore } from "../../src/server/types";
import { GROUPS, type Report } from "./release-faults-report";

const WORKERS = 2;

function tell(report: Report): void {
  writeSync(1, `${JSON.stringify(report)}\n`);
}

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;

/** One number for every flag of one or two groups, and something else for some of them. */
async function someChanges({ flags }: RolleaseCore): Promise<ReleaseChangeInput[]> {
  const value = Math.floor(Math.random() * 1e9);
  const keys = [...new Set([pick(GROUPS), pick(GROUPS)])].flat().sort(() => Math.random() - 0.5);
  const changes: ReleaseChangeInput[] = keys.map((flagKey) => ({ flagKey, action: "set_value", value }));
  for (const flagKey of keys.slice(0, 2)) {
    const [rule] = (await flags.get(flagKey)).rules;
    if (rule) changes.push({ flagKey, action: "remove_rule", value: rule.id });
    changes.push({ flagKey, action: "add_rule", value: { conditions: { dimension: "n", op: "eq", value }, value } });
    changes.push({ flagKey, action: pick(["kill", "disable", "enable"] as const) });
    changes.push({ flagKey, action: "set_rollout", value: pick([null, 50, { percentage: 5, salt: `${value}` }]) });
  }
  return changes;
}

/** Does it, and tells whether it was done; another worker may have been there first. */
async function attempt(op: "deploy" | "rollback", id: string, act: () => Promise<unknown>): Promise<boolean> {
  tell({ op, id, state: "begun" });
  try {
    await act();
    tell({ op, id, state: "done" });
    return true;
  } catch (error) {
    if (!isRolleaseError(error) || error.code === "STORAGE") throw error;
    tell({ op, id, state: "refused" });
    return false;
  }
}

async function releaseForever(core: RolleaseCore): Promise<never> {
  for (;;) {
    const { id } = await core.flags.createRelease({ name: "R", changes: await someChanges(core) });
    if (!(await attempt("deploy", id, () => core.flags.deployRelease(id)))) continue;
    await attempt("rollback", id, () => core.flags.rollbackRelease(id, { force: Math.random() < 0.3 }));
  }
}

async function scheduleForever({ flags }: RolleaseCore): Promise<never> {
  for (;;) {
    const { deployed, failed } = await flags.runScheduledReleases();
    for (const { id } of deployed) tell({ op: "deploy", id, state: "done" });
    for (const { release } of failed) tell({ op: "deploy", id: release.id, state: "refused" });
  }
}

async function main(): Promise<void> {
  const pool = new Pool({ connectionString: process.env["FAULTS_URL"], max: WORKERS + 1 });
  const core = createRolleaseCore(
    { db: createPostgresAdapter({ pool }), secret: "a-secret-of-the-tests", l1TtlMs: 600_000 },
    { judgeRegex: () => Promise.resolve(undefined), projectSnapshot },
  );
  await core.ready();
  tell({ op: "ready" });
  await new Promise((resolve) => process.stdin.once("data", resolve));
  if (process.env["FAULTS_MODE"] === "schedule") await scheduleForever(core);
  await Promise.all(Array.from({ length: WORKERS }, () => releaseForever(core)));
}

void main();
