const MAPPED = "0".repeat(80) + "1".repeat(16);

/** Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone, into the bits that addresses of the network begin with. */
export function parseNetwork(text: unknown): string | undefined {
  const [, address, length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(String(text)) ?? [];
  const bits = parseAddress(address);
  if (!bits || length === undefined) return bits;
  return Number(length) < bits.length ? bits.slice(0, Number(length) + 1) : undefined;
}

/**
 * Reads an address into its family, 4 or 6, and its bits, as text. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`, or
 * `::ffff:a00:1`) counts as IPv4.
 */
export function parseAddress(text: unknown): string | undefined {
  if (typeof text !== "string" || /\..*:/.test(text)) return undefined;
  const halves = text.replace(/^[^:]*\./, "::ffff:$&").split("::");
  const [head = "", tail = ""] = halves.map((half) => half && half.split(":").map(toBits).join(""));
  // The zeros that are left out are a group at least.
  const bits = halves.length > 1 ? head.padEnd(112 - tail.length, "0") + "0".repeat(16) + tail : head;
  if (halves.length > 2 || !/^[01]{128}$/.test(bits)) return undefined;
  return bits.startsWith(MAPPED) ? `4${bits.slice(96)}` : `6${bits}`;
}

/** The bits of a group, or of the four bytes that may end an address in both families (RFC 4291, 2.2). */
function toBits(group: string): string {
  const bytes = group.split(".");
  if (bytes.length === 4) return bytes.map((byte) => (byte === String(Number(byte) & 255) ? inBinary(byte, 8) : "?")).join("");
  return /^[\da-f]{1,4}$/i.test(group) ? inBinary(`0x${group}`, 16) : "?";
}

function inBinary(number: string, width: number): string {
  return Number(number).toString(2).padStart(width, "0");
}
