import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retryDelayMs } from "../../src/server/retry-delay";

const HOUR_MS = 3_600_000;

describe("the delay before the next try", () => {
  it("doubles with each try, up to an hour", () => {
    const delays = [1, 2, 3, 4, 15, 16, 2_000].map((tries) => retryDelayMs({ backoffMs: 200, jitter: false }, tries));
    expect(delays).toEqual([200, 400, 800, 1_600, 3_276_800, HOUR_MS, HOUR_MS]);
    expect(retryDelayMs({ backoffMs: 0, jitter: true }, 9)).toBe(0);
  });

  it("varies by up to half of itself, either way", () => {
    const pace = { backoffMs: 200, jitter: true };
    expect([0, 0.5, 1].map((luck) => retryDelayMs(pace, 2, () => luck))).toEqual([200, 400, 600]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (tries) => {
        const plain = retryDelayMs({ ...pace, jitter: false }, tries);
        const varied = retryDelayMs(pace, tries);
        return varied >= plain * 0.5 && varied < plain * 1.5;
      }),
    );
  });
});
