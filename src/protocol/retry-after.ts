/** Reads a `Retry-After`, a number of seconds or a date, as milliseconds from `now`; `undefined` where it says nothing. */
export function toRetryAfterMs(text: string | null, now: number): number | undefined {
  const ms = /^\d+$/.test(text ?? "") ? Number(text) * 1000 : Math.max(0, Date.parse(text ?? "") - now);
  return Number.isNaN(ms) ? undefined : ms;
}
