import { ValidationError } from "../../src/errors";
import type { JsonValue } from "../../src/model/json";
import type { AuditActor } from "../../src/ports/database-adapter";

/** What stands where a user was named. */
const ERASED = "[ERASED]";

/** Takes a user's id out of what is kept. Each function answers its argument itself where it names nobody. */
export interface Eraser {
  /** What a text that mentions the user has in it: the id as JSON within the text would write it, and as it is. */
  readonly forms: readonly string[];
  text(value: string): string;
  /** At any depth, in strings and in keys. What has the user's id as its `id` loses its `name`, too. */
  json(value: JsonValue): JsonValue;
  /** Of a text that may be JSON. */
  document(value: string): string;
  actor(value: AuditActor): AuditActor;
}

/** Scripts that set no spaces between words, or glue endings to names: next to these letters a word may begin or end. */
const UNSPACED = ["Han", "Hiragana", "Katakana", "Hangul", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan"];
const LETTER = `(?![${UNSPACED.map((script) => `\\p{Script=${script}}`).join("")}])[\\p{L}\\p{N}\\p{M}_]`;
/** Between two letters these make one name of both: `ann` is not mentioned in `mary.ann@example.com` or `ann-2`. */
const JOINT = "[-.@+]";

/**
 * An id is mentioned where it is the whole of a string, or a whole word in it: neither a letter nor a digit goes on before or
 * after it, nor a `-`, `.`, `@` or `+` with one beyond. Upper and lower case differ.
 *
 * @throws ValidationError where the id is empty
 */
export function createEraser(userId: string): Eraser {
  if (userId === "") throw new ValidationError([{ path: "userId", message: "must not be empty" }]);
  const forms = [...new Set([jsonForm(userId), userId])];
  // What has been erased already stays as it is, even for a user who is called "ERASED".
  const parts = [ERASED, ...forms].map((form) => form.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const mention = `(?<!${LETTER}|${LETTER}${JOINT})(?:${parts.slice(1).join("|")})(?!${LETTER}|${JOINT}${LETTER})`;
  const pattern = new RegExp(`${parts[0]}|${mention}`, "gu");

  const text = (value: string): string => (value === userId ? ERASED : value.replace(pattern, ERASED));

  function json(value: JsonValue): JsonValue {
    if (typeof value === "string") return text(value);
    if (typeof value !== "object" || value === null) return value;
    if (isList(value)) {
      const items = value.map(json);
      return items.some((item, i) => item !== value[i]) ? items : value;
    }
    return object(value);
  }

  function object(value: { readonly [key: string]: JsonValue }): JsonValue {
    const isUser = value.id === userId;
    const taken = new Set(Object.keys(value).filter((key) => text(key) === key));
    let changed = false;
    const entries = Object.entries(value).map(([key, before]) => {
      const after = isUser && key === "name" && typeof before === "string" ? ERASED : json(before);
      const free = taken.has(key) ? key : freeKey(text(key), taken);
      changed ||= after !== before || free !== key;
      return [free, after] as const;
    });
    return changed ? Object.fromEntries(entries) : value;
  }

  return {
    forms,
    text,
    json,
    document(value) {
      const parsed = parse(value);
      if (typeof parsed !== "object") return text(value);
      const erased = json(parsed);
      return erased === parsed ? value : JSON.stringify(erased);
    },
    actor(value) {
      const { id, name } = value;
      const next = { ...value, id: text(id), ...(name !== undefined && { name: id === userId ? ERASED : text(name) }) };
      return next.id === id && next.name === name ? value : next;
    },
  };
}

/** How JSON writes a string, and so the database, within its quotes. */
export function jsonForm(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Two users who were keys of one object are two keys still. */
function freeKey(key: string, taken: Set<string>): string {
  let free = key;
  for (let count = 2; taken.has(free); count++) free = `${key} (${count})`;
  taken.add(free);
  return free;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
