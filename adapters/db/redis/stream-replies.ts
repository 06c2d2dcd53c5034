import type { StreamEntry } from "../../../src/ports/evaluation-stream";

// Version 2 of the protocol answers lists where version 3 answers maps, and packages make of maps what they like.

/** The entries that a read answers of one stream, whose field `record` is the text. */
export function entriesOfRead(reply: unknown, stream: string): readonly StreamEntry[] {
  return toEntries(pairsOf(reply).find(([name]) => name === stream)?.[1]);
}

/** What takes entries over answers where to go on, and the entries. */
export function entriesOfClaim(reply: unknown): { readonly next: string; readonly entries: readonly StreamEntry[] } {
  const [next, entries] = Array.isArray(reply) ? (reply as unknown[]) : [];
  return { next: typeof next === "string" ? next : "0-0", entries: toEntries(entries) };
}

/** The fields of each of several things. */
export function recordsOf(reply: unknown): readonly Readonly<Record<string, unknown>>[] {
  const all = Array.isArray(reply) ? (reply as unknown[]) : [];
  return all.map((one) => Object.fromEntries(pairsOf(one)));
}

function toEntries(list: unknown): StreamEntry[] {
  const entries = Array.isArray(list) ? (list as unknown[]) : [];
  return entries.flatMap((entry) => {
    // What was trimmed before anybody had it is answered as nothing.
    if (!Array.isArray(entry) || !Array.isArray(entry[1])) return [];
    const [id, fields] = entry as [unknown, unknown[]];
    const at = fields.findIndex((field, n) => n % 2 === 0 && String(field) === "record");
    return [{ id: String(id), text: at < 0 ? "" : String(fields[at + 1]) }];
  });
}

/** Pairs, however they are written: a map, an object, a list of pairs, or a list of names and values in turn. */
function pairsOf(reply: unknown): readonly (readonly [string, unknown])[] {
  if (reply instanceof Map) return [...(reply as Map<unknown, unknown>)].map(([name, value]) => [String(name), value]);
  if (!Array.isArray(reply)) return typeof reply === "object" && reply !== null ? Object.entries(reply) : [];
  const list = reply as unknown[];
  if (list.every((each) => Array.isArray(each)))
    return list.map((each) => [String((each as unknown[])[0]), (each as unknown[])[1]]);
  return list.flatMap((name, n) => (n % 2 === 0 ? [[String(name), list[n + 1]] as const] : []));
}
