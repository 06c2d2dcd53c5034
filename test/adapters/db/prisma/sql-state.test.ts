import { describe, expect, it } from "vitest";
import { withSqlState } from "../../../../adapters/db/prisma/sql-state";
import { StorageError } from "../../../../src/errors";
import { judgeFailure } from "../../../../src/server/resilience/judge-failure";

/** An error as Prisma 7 throws it, by way of a driver adapter. */
function adapted(code: string, cause: object): Error {
  return Object.assign(new Error("\nInvalid `prisma.$queryRawUnsafe()` invocation:\n\n\nRaw query failed."), {
    code,
    meta: { driverAdapterError: { name: "DriverAdapterError", cause } },
  });
}

/** As the engines of before threw it. */
function known(code: string, meta?: object): Error {
  return Object.assign(new Error("Raw query failed."), { code, meta });
}

describe("an error of Prisma", () => {
  it.each([
    ["a conflict", adapted("P2010", { originalCode: "40001", kind: "TransactionWriteConflict" }), "40001"],
    ["a deadlock", adapted("P2010", { originalCode: "40P01", kind: "postgres" }), "40P01"],
    ["a broken reference", adapted("P2010", { originalCode: "23503", kind: "ForeignKeyConstraintViolation" }), "23503"],
    ["a deadlock, without an adapter", known("P2010", { code: "40P01", message: "deadlock detected" }), "40P01"],
    ["a conflict that Prisma has a code for", known("P2034"), "40001"],
    ["a missing table", adapted("P2010", { originalCode: "42P01", kind: "TableDoesNotExist" }), "42P01"],
    ["a server that is not there", adapted("P2010", { kind: "DatabaseNotReachable", port: 1 }), "08001"],
    ["a server that is not there, for a transaction", known("P1001"), "08001"],
    ["a pool with nothing left", known("P2024", { connection_limit: 1 }), "53300"],
    ["a transaction that took too long", known("P2028", { operation: "query" }), "57014"],
  ])("has the SQLSTATE of %s", (_, error, code) => {
    expect(withSqlState(error)).toMatchObject({ code, cause: error, message: expect.stringMatching(/^\S.*\.$/s) as string });
  });

  it("that no SQLSTATE is told of stays as it is", () => {
    for (const error of [
      known("P2010", { code: "N/A" }),
      known("P1017"),
      new Error("Connection terminated unexpectedly"),
      "text",
    ])
      expect(withSqlState(error)).toBe(error);
  });

  it("tells a transaction that never began from one that may have been kept", () => {
    const error = known("P2028", { operation: "start transaction" });
    expect(judgeFailure(new StorageError("", { cause: withSqlState(error, false) }))).toMatchObject({
      transient: true,
      undone: true,
    });
    expect(judgeFailure(new StorageError("", { cause: withSqlState(error, true) }))).toMatchObject({ transient: false });
    expect(judgeFailure(new StorageError("", { cause: withSqlState(known("P1017")) }))).toMatchObject({ undone: false });
  });
});
