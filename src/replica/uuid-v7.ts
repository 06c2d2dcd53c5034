let lastMs = 0;

/**
 * Makes a UUIDv7 (RFC 9562) that sorts after every one made before it here: one made in the same millisecond, or after
 * the clock went back, carries the next millisecond.
 */
export function uuidV7(nowMs: number): string {
  lastMs = Math.max(lastMs + 1, Math.floor(nowMs));
  const time = lastMs.toString(16).padStart(12, "0");
  const random = Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${time}7${random.slice(0, 3)}8${random.slice(3)}`.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
