import { expect, it } from "vitest";
import { uuidV7 } from "../../src/replica/uuid-v7";

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it("makes UUIDs of version 7 that carry their time", () => {
  const now = Date.parse("2040-05-06T07:08:09.123Z");
  const id = uuidV7(now);
  expect(id).toMatch(FORM);
  expect(parseInt(id.replace("-", "").slice(0, 12), 16)).toBe(now);
});

it("makes ids that sort in the order of their making, also within a millisecond and when the clock goes back", () => {
  const now = Date.parse("2041-01-01T00:00:00Z");
  const ids = Array.from({ length: 10_000 }, (_, i) => uuidV7(now - (i % 7)));
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids) expect(id).toMatch(FORM);
});
