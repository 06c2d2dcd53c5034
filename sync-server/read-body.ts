import { badRequest, HttpError } from "./http-error";

/** What a body may have where the options do not say. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Deeper than any condition may be, and shallower than any parser's stack. */
const MAX_DEPTH = 64;

/** Reads a body as JSON, `undefined` where there is none. Refuses one that is too long (413), or no JSON (400). */
export async function readJson(request: Request, maxBytes: number = MAX_BODY_BYTES): Promise<unknown> {
  const text = await readText(request, maxBytes);
  if (text.trim() === "") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest("The body is not JSON.");
  }
  if (isTooDeep(value)) throw badRequest("The body is nested too deeply.");
  return value;
}

/** As `readJson`, for a body of which something may be kept. Refuses what no database takes, too. */
export async function readStorable(request: Request, maxBytes?: number): Promise<unknown> {
  const value = await readJson(request, maxBytes);
  if (!isStorable(value)) throw new HttpError(400, "VALIDATION", "The body holds text that is not well-formed.");
  return value;
}

async function readText(request: Request, maxBytes: number): Promise<string> {
  const tooLarge = new HttpError(413, "PAYLOAD_TOO_LARGE", `The body is larger than ${maxBytes} bytes.`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge;
  if (!request.body) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = request.body.getReader();
  let text = "";
  let bytes = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.byteLength;
      if (bytes > maxBytes) throw tooLarge;
      text += decoder.decode(part.value, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    // The rest is of no interest, and neither is whether dropping it works.
    reader.cancel().catch(() => undefined);
    if (error === tooLarge) throw error;
    throw badRequest("The body could not be read as UTF-8 text.");
  }
}

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((node): unknown[] => (typeof node === "object" && node !== null ? Object.values(node) : []));
  }
  return false;
}

// NUL and lone surrogates are text to JavaScript and to no database.
const UNSTORABLE = /\u0000|\p{Surrogate}/u;

/** Whether a value, parsed from JSON, can be kept anywhere: in text columns, in JSON columns, as an object's own properties. */
export function isStorable(value: unknown): boolean {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === "string" && UNSTORABLE.test(next)) return false;
    if (typeof next === "number" && !Number.isFinite(next)) return false;
    if (typeof next !== "object" || next === null) continue;
    for (const [key, child] of Object.entries(next)) {
      if (key === "__proto__" || UNSTORABLE.test(key)) return false;
      waiting.push(child);
    }
  }
  return true;
}
