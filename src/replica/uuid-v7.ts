let lastMs = 0;

/**
 * Makes a UUIDv7 (RFC 9562) that sorts after every one made before it here: one made in the same millisecond, or after
 * the clock went back, carries the next millisecond.
 */
export function uuidV7(nowMs: number): string {
  lastMs = Math.max(lastMs + 1, Math.floor(nowMs));
  const time = lastMs.toString(16).padStart(12, "0");
  const random = crypto.getRandomValues(new Uint8Array(36));
  const draw = (_: string, at: number): string => ((random[at] as number) & 15).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7xxx-8xxx-xxxxxxxxxxxx`.replace(/x/g, draw);
}
