let lastMs = 0;
let counter = 0;

/** Makes a UUIDv7 (RFC 9562) that sorts after every one made before it here, also when the clock stands still or goes back. */
export function uuidV7(nowMs: number): string {
  if (nowMs > lastMs) {
    lastMs = Math.floor(nowMs);
    counter = 0;
  } else if (++counter > 0xfff) {
    lastMs++;
    counter = 0;
  }
  const random = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => hex(byte, 2)).join("");
  const time = hex(lastMs, 12);
  const variant = hex(8 + (parseInt(random.charAt(0), 16) & 3), 1);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(counter, 3)}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
