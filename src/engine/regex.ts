import { MAX_REGEX_LENGTH } from "../model/limits";
import { fail } from "./fail";

/** Looks at a pattern more closely than the engine does: answers why it is refused, or `undefined`. */
export type JudgeRegex = (pattern: string) => string | undefined;

const UNBOUNDED = /[*+]|\{\d+,\}/;
const REPEATED_PLAIN_GROUP = /\((\?:)?[^()*+?{|\\]*\)[*+{]/g;
/** Optional parts, bounded repetitions and groups, each of which may double the ways to match. */
const CHOICE = /[?({},]/;
const UNSAFE = /\\|\(\?<?[=!]|\)[*+{]/;

/**
 * Compiles a pattern that is bounded enough to run on anybody's input: at most 128 characters, no look-around, no back
 * reference, no repetition or choice inside a repeated group (the source of exponential matching), at most two
 * unbounded repetitions, and a dozen choices. Where definitions are written, a judge that looks closer says which patterns are linear.
 *
 * @throws Error for any other pattern.
 */
export function compileRegex(pattern: unknown, caseInsensitive: boolean, judge: JudgeRegex | undefined): RegExp {
  const text = String(pattern);
  // Escapes and classes stand for one character each; once they are letters, what is left is structure.
  const bare = text.replace(/\\[^1-9k]/g, "x").replace(/\[[^\]]*\]/g, "x");
  const isRefused =
    text !== pattern ||
    text.length > MAX_REGEX_LENGTH ||
    bare.split(UNBOUNDED).length > 3 ||
    bare.split(CHOICE).length > 13 ||
    UNSAFE.test(bare.replace(REPEATED_PLAIN_GROUP, "x")) ||
    judge?.(text);
  return isRefused ? fail("value: unbounded") : new RegExp(text, caseInsensitive ? "i" : "");
}
