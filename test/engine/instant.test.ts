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
  ["2000-02-29T23:59:59.999Z", "2000-02-29T23:59:59.999Z"],
  ["2024-02-29T00:30:00+01:00", "2024-02-28T23:30:00.000Z"],
  ["2024-02-28T23:30:00-01:00", "2024-02-29T00:30:00.000Z"],
  ["2025-12-31T23:59:59-00:01", "2026-01-01T00:00:59.000Z"],
  ["2026-03-29T01:30:00.5Z", "2026-03-29T01:30:00.500Z"],
  ["2026-03-29T01:30:00.999999999Z", "2026-03-29T01:30:00.999Z"],
  ["2026-03-29T01:30:00-00:00", "2026-03-29T01:30:00.000Z"],
  ["2026-03-29T01:30:00+14:00", "2026-03-28T11:30:00.000Z"],
  ["2026-03-29T01:30:00-12:00", "2026-03-29T13:30:00.000Z"],
  ["1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000Z"],
  ["0001-01-01", "0001-01-01T00:00:00.000Z"],
  ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
])("%s is %s", (text, expected) => {
  expect(new Date(parseInstant(text) as number).toISOString()).toBe(expected);
});

test.each([
  "2026-02-29",
  "2026-02-30T00:00:00Z",
  "2026-04-31",
  "1900-02-29",
  "2100-02-29T12:00:00Z",
  "2024-02-30",
  "2026-06-30T23:59:60Z",
  "2026-01-01T00:00:00.Z",
  "2026-01-01T00:00:00.1234567890Z",
  "2026-01-01T00:00:00,5Z",
  "2026-01-01T00:00:00+14:60",
  "2026-01-01T00:00:00+1",
  "2026-01-01T00:00:00 Z",
  "2026-01-01Z",
  "2026-1-1",
  "2026-01",
  "2026",
  "+002026-01-01",
  "-2026-01-01",
  "20260101",
  "2026-W01-1",
  "2026-001",
  " 2026-01-01",
  "2026-01-01\n",
  "２０２６-01-01",
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

test.each(["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Europe/Berlin"])(
  "text without a zone is UTC on a machine in %s, also in the hour that its clocks leave out",
  (zone) => {
    const before = process.env["TZ"];
    process.env["TZ"] = zone;
    try {
      expect(parseInstant("2026-03-29T02:30:00")).toBe(Date.UTC(2026, 2, 29, 2, 30));
      expect(parseInstant("2026-03-08T02:30")).toBe(Date.UTC(2026, 2, 8, 2, 30));
      expect(parseInstant("2011-12-30")).toBe(Date.UTC(2011, 11, 30));
    } finally {
      if (before === undefined) delete process.env["TZ"];
      else process.env["TZ"] = before;
    }
  },
);

test("the zone may be any offset: the moment is the same", () => {
  const offset = fc.record({ minutes: fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }), colon: fc.constantFrom(":", "") });
  const moments = fc.date({ min: new Date("1900-01-02"), max: new Date("2099-12-30"), noInvalidDate: true });
  fc.assert(
    fc.property(moments, offset, (date, { minutes, colon }) => {
      const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((each) =>
        String(each).padStart(2, "0"),
      );
      const local = new Date(date.getTime() + minutes * 60_000).toISOString().replace("Z", "");
      expect(parseInstant(`${local}${minutes < 0 ? "-" : "+"}${hours}${colon}${rest}`)).toBe(date.getTime());
    }),
  );
});
