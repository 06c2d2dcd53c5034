/** A network: the bits of its address that count, and how many those are. */
interface Network {
  readonly prefix: string;
  readonly bits: number;
}

/** Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone, which is a network of one. */
export function parseNetwork(text: unknown): Network | undefined {
  const [, address, length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(String(text)) ?? [];
  const all = parseAddress(address);
  const bits = Number(length ?? all?.length);
  return all && bits <= all.length ? { prefix: all.slice(0, bits), bits: all.length } : undefined;
}

/** Whether an address, as `parseAddress` reads it, lies in a network. */
export function isInNetwork(address: string, { prefix, bits }: Network): boolean {
  return address.length === bits && address.startsWith(prefix);
}

/** Reads an address into its bits, 32 or 128, as text. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4. */
export function parseAddress(text: unknown): string | undefined {
  if (typeof text !== "string" || text.length > 45) return undefined;
  const v4 = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/i.exec(text)?.slice(1);
  if (v4)
    return v4.some((part) => Number(part) > 255 || /^0\d/.test(part))
      ? undefined
      : v4.map((part) => toBits(Number(part), 8)).join("");
  const [head = "", tail, more] = text.split("::");
  const before = head ? head.split(":") : [];
  const after = tail ? tail.split(":") : [];
  const missing = 8 - before.length - after.length;
  if (more !== undefined || (tail === undefined ? missing !== 0 : missing < 1)) return undefined;
  const groups = [...before, ...Array<string>(missing).fill("0"), ...after];
  return groups.every((group) => /^[\da-f]{1,4}$/i.test(group))
    ? groups.map((group) => toBits(Number.parseInt(group, 16), 16)).join("")
    : undefined;
}

function toBits(value: number, width: number): string {
  return value.toString(2).padStart(width, "0");
}
