import fc from "fast-check";
import { expect, test } from "vitest";
import { parseInstant } from "../../src/engine/instant";

test.each([
  ["2026-03-29T01:30:00Z", "2026-03-29T01:30:00.000Z"],
  ["2026-03-29T01:30:00+02:00", "2026-03-28T23:30:00.000Z"],
  ["2026-03-29T01:30:00-0530", "2026-03-29T07:00:00.000Z"],
  ["2026-03-29t01:30:00z", "2026-03-29T01:30:00.000Z"],
  ["2026-03-29 01:30:00Z", "2026-03-29T01:30:00.000Z"],
  ["2026-03-29T01:30Z", "2026-03-29T01:30:00.000Z"],
  ["2026-03-29T01:30:00.123456789Z", "2026-03-29T01:30:00.123Z"],
  ["2026-03-29T01:30:00", "2026-03-29T01:30:00.000Z"],
  ["2026-03-29", "2026-03-29T00:00:00.000Z"],
  ["2024-02-29", "2024-02-29T00:00:00.000Z"],
])("%s is %s", (text, expected) => {
  expect(new Date(parseInstant(text) as number).toISOString()).toBe(expected);
});

test.each([
  "2026-02-29",
  "2026-02-30T00:00:00Z",
  "2026-04-31",
  "2026-13-01",
  "2026-00-10",
  "2026-01-00",
  "2026-01-01T25:00:00Z",
  "2026-01-01T00:61:00Z",
  "2026-01-01T00:00:00+25:00",
  "01/02/2026",
  "January 1, 2026",
  "1767225600000",
  "",
  "now",
  null,
  undefined,
  true,
  {},
  [],
  Number.NaN,
  Number.POSITIVE_INFINITY,
  new Date("never"),
])("%j is no moment", (value) => {
  expect(parseInstant(value)).toBeUndefined();
});

test("numbers and dates are moments as they are, and what a date writes is read back", () => {
  expect(parseInstant(0)).toBe(0);
  const years = { min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true };
  fc.assert(
    fc.property(fc.date(years), (date) => {
      expect(parseInstant(date)).toBe(date.getTime());
      expect(parseInstant(date.toISOString())).toBe(date.getTime());
    }),
  );
});
