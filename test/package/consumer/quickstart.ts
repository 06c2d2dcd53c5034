import { FlagNotFoundError, createEvaluator, isRolleaseError } from "rollease";
import type { Flag } from "rollease";

const flag: Flag = {
  key: "new-checkout",
  type: "boolean",
  status: "active",
  defaultValue: false,
  rules: [{ id: "staff", conditions: { all: [{ dimension: "userType", op: "eq", value: "staff" }] }, value: true }],
  version: 1,
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
};

const evaluator = createEvaluator({ version: 1, checkpoint: "", flags: [flag], segments: [], layers: [] });

export const value: unknown = evaluator.evaluate("new-checkout", { userId: "u1", userType: "staff" }).value;

try {
  evaluator.evaluate("absent", { userId: "u1" });
} catch (error) {
  if (error instanceof FlagNotFoundError) console.log(error.flagKey satisfies string);
  else if (isRolleaseError(error)) console.log(error.code);
}

// @ts-expect-error The types are there, and they are strict.
createEvaluator({ version: 2 });
