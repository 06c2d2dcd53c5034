import { describe, expect, it } from "vitest";
import { ClosedError, FlagConflictError, ForbiddenError, StorageError, ValidationError } from "../../../src/errors";
import { judgeFailure } from "../../../src/server/resilience/judge-failure";

const coded = (code: string): Error => Object.assign(new Error("x"), { code });
const stored = (cause: unknown): Error => new StorageError("The database failed.", { cause });

/** outcome, transient, undone */
function verdict(error: unknown): string {
  const { outcome, transient, undone } = judgeFailure(error);
  return [outcome, transient ? "transient" : "final", undone ? "undone" : "unknown"].join(" ");
}

describe("the judgement of a failure", () => {
  it.each<[string, unknown, string]>([
    ["a conflict of the caller's", new FlagConflictError("f", "taken"), "success final undone"],
    ["bad input", new ValidationError([]), "success final undone"],
    ["a refusal", new ForbiddenError("no"), "success final undone"],
    ["missing tables", new StorageError("Its tables are missing."), "success final undone"],
    ["a violated constraint", stored(coded("23505")), "success final undone"],
    ["a missing table's SQLSTATE", stored(coded("42P01")), "success final undone"],
    ["a failed serialization", stored(coded("40001")), "success transient undone"],
    ["a deadlock", stored(coded("40P01")), "success transient undone"],
    ["a lock that was not to be had", stored(coded("55P03")), "success transient undone"],
    ["a commit of which nobody knows", stored(coded("40003")), "failure transient unknown"],
    ["nobody at the port", stored(coded("ECONNREFUSED")), "failure transient undone"],
    ["no such host", stored(coded("ENOTFOUND")), "failure transient undone"],
    ["too many connections", stored(coded("53300")), "failure transient undone"],
    ["a database that starts up", stored(coded("57P03")), "failure transient undone"],
    ["a connection that broke", stored(coded("ECONNRESET")), "failure transient unknown"],
    ["a database that is shut down", stored(coded("57P01")), "failure transient unknown"],
    ["a full disk", stored(coded("53100")), "failure transient unknown"],
    ["a time limit of the database", stored(coded("57014")), "failure final unknown"],
    ["a wrong password", stored(coded("28P01")), "failure final undone"],
    ["no such database", stored(coded("3D000")), "failure final undone"],
    ["an error without a code", stored(new Error("Connection terminated unexpectedly")), "failure transient unknown"],
    ["an error of an adapter that wraps nothing", new Error("away"), "failure transient unknown"],
    ["an adapter's own word that it may work later", new StorageError("busy", { retryable: true }), "failure transient unknown"],
    ["another product's codes", stored(coded("P1001")), "failure transient unknown"],
    ["a thrown text", "away", "failure transient unknown"],
    ["a database that is closed", new ClosedError("The database"), "inconclusive final undone"],
  ])("%s", (_, error, expected) => {
    expect(verdict(error)).toBe(expected);
  });

  it("finds a code however deep it stands, and does not go round in circles", () => {
    const deep = stored(new Error("query failed", { cause: new Error("driver", { cause: coded("40001") }) }));
    expect(verdict(deep)).toBe("success transient undone");
    const circle = new Error("a");
    circle.cause = circle;
    expect(verdict(circle)).toBe("failure transient unknown");
  });
});
