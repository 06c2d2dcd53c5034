const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?:Z|([+-]\d\d):?(\d\d))?)?$/i;

/**
 * Reads a moment as milliseconds since 1970: a number as it is, a `Date`, or ISO 8601 / RFC 3339 text. Text without a
 * zone is UTC, on every machine. `undefined` for anything else, days that no calendar has among it.
 */
export function parseInstant(value: unknown): number | undefined {
  const [, day, time = "00:00", hours = "+00", minutes = "00"] = (typeof value === "string" && ISO.exec(value)) || [];
  // Some engines carry the 31st of a short month over to the next; a day that comes out changed was none.
  const isDay = day && new Date(day).toJSON()?.startsWith(day);
  const instant = isDay ? Date.parse(`${day}T${time}${hours}:${minutes}`) : value instanceof Date ? Number(value) : value;
  return Number.isFinite(instant) ? (instant as number) : undefined;
}
