/** A UUID that a flag has by its key: the same on every server, and known without asking anybody. */
export async function flagIdOf(key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`rollease/flag/${key}`)));
  const bytes = digest.slice(0, 16);
  // Version 8, of one's own making, and the usual variant.
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Answers the key of the flag that has an id, of these keys. Ids are made once for each key. */
export function createIdIndex(): (id: string, keys: Iterable<string>) => Promise<string | undefined> {
  const byId = new Map<string, string>();
  const known = new Set<string>();
  return async (id, keys) => {
    if (!UUID.test(id)) return undefined;
    const wanted = id.toLowerCase();
    if (!byId.has(wanted)) {
      for (const key of keys) {
        if (known.has(key)) continue;
        byId.set(await flagIdOf(key), key);
        known.add(key);
      }
    }
    return byId.get(wanted);
  };
}
