/** Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone, into the bits that addresses of the network begin with. */
export function parseNetwork(text: unknown): string | undefined {
  const [, address, length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(String(text)) ?? [];
  const bits = parseAddress(address);
  const end = Number(length ?? 128) + 1;
  return length === undefined || (bits && end <= bits.length) ? bits?.slice(0, end) : undefined;
}

/**
 * Reads an address into its family, 4 or 6, and its bits, as text. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`)
 * counts as IPv4.
 */
export function parseAddress(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  const v4 = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/i.exec(text)?.slice(1);
  if (v4) return v4.some((part) => Number(part) > 255 || /^0\d/.test(part)) ? undefined : `4${toBits(v4, 10, 8)}`;
  const [before = [], after, more] = text.split("::").map((half) => (half ? half.split(":") : []));
  const zeros = 8 - before.length - (after?.length ?? 0);
  if (more || (after ? zeros < 1 : zeros !== 0)) return undefined;
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...(after ?? [])];
  return groups.every((group) => /^[\da-f]{1,4}$/i.test(group)) ? `6${toBits(groups, 16, 16)}` : undefined;
}

function toBits(parts: readonly string[], radix: number, width: number): string {
  return parts.map((part) => Number.parseInt(part, radix).toString(2).padStart(width, "0")).join("");
}
