import fc from "fast-check";
import { expect, it } from "vitest";
import { backoffMs, MAX_BACKOFF_MS, MIN_BACKOFF_MS } from "../../src/replica/backoff";

const fraction = fc.double({ min: 0, max: 0.999999, noNaN: true });

it("waits between one second and thirty, wherever chance falls", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fraction, (attempt, random) => {
      const ms = backoffMs(attempt, () => random);
      expect(ms).toBeGreaterThanOrEqual(MIN_BACKOFF_MS);
      expect(ms).toBeLessThanOrEqual(MAX_BACKOFF_MS);
    }),
  );
});

it("doubles its bound with each failure and uses all of the range", () => {
  const bounds = [1, 2, 3, 4, 5, 6].map((attempt) => backoffMs(attempt, () => 1));
  expect(bounds).toEqual([2000, 4000, 8000, 16000, 30000, 30000]);
  expect(backoffMs(6, () => 0)).toBe(1000);
});

it("never comes back before the server said, nor much later", () => {
  fc.assert(
    fc.property(fc.nat(3_600_000), fraction, (retryAfterMs, random) => {
      const ms = backoffMs(9, () => random, retryAfterMs);
      expect(ms).toBeGreaterThanOrEqual(retryAfterMs);
      expect(ms).toBeLessThanOrEqual(retryAfterMs + 1000);
    }),
  );
});
