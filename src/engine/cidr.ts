/** Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone, into the bits that addresses of the network begin with. */
export function parseNetwork(text: unknown): string | undefined {
  const [, address, length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(String(text)) ?? [];
  const bits = parseAddress(address);
  if (!bits || length === undefined) return bits;
  return Number(length) < bits.length ? bits.slice(0, Number(length) + 1) : undefined;
}

/**
 * Reads an address into its family, 4 or 6, and its bits, as text. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`)
 * counts as IPv4.
 */
export function parseAddress(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  const bytes = text.replace(/^::ffff:/i, "").split(".");
  if (bytes.length === 4 && bytes.every((byte) => byte === String(Number(byte) & 255))) return `4${toBits(bytes, 8)}`;
  const [before = [], after, more] = text.split("::").map((half) => (half ? half.split(":") : []));
  const zeros = 8 - before.length - (after?.length ?? 0);
  if (more || (after ? zeros < 1 : zeros !== 0)) return undefined;
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...(after ?? [])];
  return groups.every((group) => /^[\da-f]{1,4}$/i.test(group))
    ? `6${toBits(
        groups.map((group) => `0x${group}`),
        16,
      )}`
    : undefined;
}

function toBits(numbers: readonly string[], width: number): string {
  return numbers.map((number) => Number(number).toString(2).padStart(width, "0")).join("");
}
