/** A network: its address as 16-bit groups (two for IPv4, eight for IPv6) and the length of its prefix. */
export interface Network {
  readonly groups: readonly number[];
  readonly bits: number;
}

/** Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone, which is a network of one. */
export function parseNetwork(text: unknown): Network | undefined {
  if (typeof text !== "string") return undefined;
  const [address, length, ...more] = text.split("/");
  const groups = parseAddress(address);
  if (!groups || more.length > 0) return undefined;
  if (length === undefined) return { groups, bits: groups.length * 16 };
  const bits = Number(length);
  return /^\d{1,3}$/.test(length) && bits <= groups.length * 16 ? { groups, bits } : undefined;
}

/** Whether an address lies in a network. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4. */
export function isInNetwork(address: readonly number[], { groups, bits }: Network): boolean {
  if (address.length !== groups.length) return false;
  return groups.every((group, i) => {
    const width = Math.min(16, Math.max(0, bits - i * 16));
    return (group ^ (address[i] as number)) >> (16 - width) === 0;
  });
}

/** Reads an IPv4 or IPv6 address into 16-bit groups. */
export function parseAddress(text: unknown): number[] | undefined {
  if (typeof text !== "string" || text.length > 45) return undefined;
  if (!text.includes(":")) return parseV4(text);
  const groups = parseV6(text);
  return groups?.slice(0, 6).join() === "0,0,0,0,0,65535" ? groups.slice(6) : groups;
}

function parseV4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  const [a, b, c, d] = parts.map(Number) as [number, number, number, number];
  return [a * 256 + b, c * 256 + d];
}

function parseV6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (!head) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (!tail || head.length + tail.length > 7) return undefined;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function parseGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const v4 = parts.at(-1)?.includes(".") ? parseV4(parts.pop() as string) : [];
  return v4 && parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))
    ? [...parts.map((part) => Number.parseInt(part, 16)), ...v4]
    : undefined;
}
