import { ReleaseConflictError } from "../../errors";
import type { ReleaseRow, ReleaseStatus } from "../../ports/database-adapter";

/** `edit` is of name and time, `revise` of what the release does. */
export type ReleaseStep = "edit" | "revise" | "approve" | "reject" | "deploy" | "fail" | "rollback";

const NEVER = { edit: null, revise: null, approve: null, reject: null, deploy: null, fail: null, rollback: null } as const;

/** Where each step leads; `null` is refused. What is `failed` was cleared for deployment, and needs no second approval. */
const NEXT: Readonly<Record<ReleaseStatus, Readonly<Record<ReleaseStep, ReleaseStatus | null>>>> = {
  pending: {
    edit: "pending",
    revise: "pending",
    approve: "approved",
    reject: "rejected",
    deploy: "deployed",
    fail: "failed",
    rollback: null,
  },
  approved: {
    edit: "approved",
    revise: "pending",
    approve: null,
    reject: "rejected",
    deploy: "deployed",
    fail: "failed",
    rollback: null,
  },
  failed: {
    edit: "pending",
    revise: "pending",
    approve: null,
    reject: "rejected",
    deploy: "deployed",
    fail: null,
    rollback: null,
  },
  deployed: { ...NEVER, rollback: "rolled_back" },
  rolled_back: NEVER,
  rejected: NEVER,
};

const DONE: Readonly<Record<ReleaseStep, string>> = {
  edit: "changed",
  revise: "changed",
  approve: "approved",
  reject: "rejected",
  deploy: "deployed",
  fail: "marked as failed",
  rollback: "rolled back",
};

type Standing = Pick<ReleaseRow, "id" | "name" | "status" | "requiresApproval">;

/** The status that a step leads to. @throws ReleaseConflictError for a step that may not be taken now */
export function nextStatus(release: Standing, step: ReleaseStep): ReleaseStatus {
  const { id, name, status } = release;
  if (step === "deploy" && awaitsApproval(release))
    throw new ReleaseConflictError(id, `The release "${name}" cannot be deployed before it is approved.`);
  const next = NEXT[status][step];
  if (next === null)
    throw new ReleaseConflictError(id, `The release "${name}" is ${status.replace("_", " ")}; it cannot be ${DONE[step]}.`);
  return next;
}

export function awaitsApproval({ status, requiresApproval }: Pick<Standing, "status" | "requiresApproval">): boolean {
  return status === "pending" && requiresApproval;
}
