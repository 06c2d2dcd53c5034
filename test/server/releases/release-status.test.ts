import { describe, expect, it } from "vitest";
import { RELEASE_STATUSES, type ReleaseStatus } from "../../../src/ports/database-adapter";
import { nextStatus, type ReleaseStep } from "../../../src/server/releases/release-status";

const STEPS = ["edit", "revise", "approve", "reject", "deploy", "fail", "rollback"] as const;

/** What is allowed; everything else is refused. */
const ALLOWED: readonly (readonly [ReleaseStatus, ReleaseStep, ReleaseStatus])[] = [
  ["pending", "edit", "pending"],
  ["pending", "revise", "pending"],
  ["pending", "approve", "approved"],
  ["pending", "reject", "rejected"],
  ["pending", "deploy", "deployed"],
  ["pending", "fail", "failed"],
  ["approved", "edit", "approved"],
  ["approved", "revise", "pending"],
  ["approved", "reject", "rejected"],
  ["approved", "deploy", "deployed"],
  ["approved", "fail", "failed"],
  ["failed", "edit", "pending"],
  ["failed", "revise", "pending"],
  ["failed", "reject", "rejected"],
  ["failed", "deploy", "deployed"],
  ["deployed", "rollback", "rolled_back"],
];

const release = (status: ReleaseStatus, requiresApproval = false) => ({ id: "r", name: "R", status, requiresApproval });

describe("the status of a release", () => {
  it.each(RELEASE_STATUSES.flatMap((status) => STEPS.map((step) => [status, step] as const)))("%s: %s", (status, step) => {
    const allowed = ALLOWED.find(([from, by]) => from === status && by === step);
    if (allowed) expect(nextStatus(release(status), step)).toBe(allowed[2]);
    else expect(() => nextStatus(release(status), step)).toThrow(expect.objectContaining({ code: "RELEASE_CONFLICT" }));
  });

  it("keeps what needs an approval from being deployed without one", () => {
    expect(() => nextStatus(release("pending", true), "deploy")).toThrow("before it is approved");
    expect(nextStatus(release("approved", true), "deploy")).toBe("deployed");
  });

  it("says in the error what it is and what it cannot be", () => {
    expect(() => nextStatus(release("rolled_back"), "deploy")).toThrow('The release "R" is rolled back; it cannot be deployed.');
    expect(() => nextStatus(release("deployed"), "approve")).toThrow('The release "R" is deployed; it cannot be approved.');
  });
});
