import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { getBucket } from "../../src/engine/native-bucket";
import { evaluatorOf, flag, holds, layer } from "./definitions";

vi.setConfig({ testTimeout: 60_000 });

test("a flag's rollout, a rule's percentage and a layer each hash what they are documented to", () => {
  const rolled = evaluatorOf([flag("f", { rollout: { percentage: 50, salt: "s" } })]);
  const ruled = evaluatorOf([flag("f", { rules: [{ id: "r", conditions: true, value: true, rolloutPct: 50 }] })]);
  const layers = [layer("l", [{ flagKey: "f", start: 20, end: 60 }])];
  const layered = evaluatorOf([flag("f", { defaultValue: true })], { layers });
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "binary" }), (userId) => {
      expect(rolled.evaluate("f", { userId }).value).toBe(getBucket(userId, "f", "s") < 50);
      expect(ruled.evaluate("f", { userId }).value).toBe(getBucket(userId, "f", "r") < 50);
      const bucket = getBucket(userId, "l");
      expect(layered.evaluate("f", { userId }).reason === "default").toBe(bucket >= 20 && bucket < 60);
    }),
  );
});

test("who is bucketed by what the context does not have is in no bucket, also where zero is allowed", () => {
  const bucket = { algorithm: "native", unit: "nothing", suffix: ":f:" };
  expect(holds({ bucket, in: [[0, 100]] }, { userId: "u" })).toBe(false);
  expect(holds({ bucket: { ...bucket, missing: 0 }, in: [[0, 1]] }, { userId: "u" })).toBe(true);
  for (const unit of ["", null, true, {}, []])
    expect(holds({ bucket, in: [[0, 100]] }, { attributes: { nothing: unit } })).toBe(false);
});

test("a number is bucketed as its text", () => {
  const evaluator = evaluatorOf([flag("f", { rollout: { percentage: 50, hashKey: "account" } })]);
  for (let account = 0; account < 100; account++)
    expect(evaluator.evaluate("f", { attributes: { account } }).value).toBe(getBucket(`${account}`, "f") < 50);
});

test("an algorithm that is passed in is given text, seed, size and encoding", () => {
  const calls: unknown[] = [];
  const algorithms = { mine: (...each: unknown[]) => (calls.push(each), 5) };
  const bucket = { algorithm: "mine", unit: "userId", prefix: "p-", suffix: "-s", seed: 7, size: 10, text: "low-byte" };
  expect(holds({ bucket, in: [[5, 6]] }, { userId: "u" }, { algorithms })).toBe(true);
  expect(calls).toEqual([["p-u-s", 7, 10, "low-byte"]]);
});
