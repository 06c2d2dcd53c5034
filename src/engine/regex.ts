import { MAX_REGEX_LENGTH } from "../model/limits";
import { DefinitionError } from "./definition-error";

/** Looks at a pattern more closely than the engine does: answers why it is refused, or `undefined`. */
export type JudgeRegex = (pattern: string) => string | undefined;

const REPEATED_GROUP = /\)[*+{]/g;
const REPEATED_PLAIN_GROUP = /\((\?:)?[^()*+?{|]*\)[*+{]/g;
const UNBOUNDED = /[*+]|\{\d+,\}/g;

/**
 * Compiles a pattern that is bounded enough to run on anybody's input: at most 128 characters, no look-around, no back
 * reference, no repetition or choice inside a repeated group (the source of exponential matching), and at most two
 * unbounded repetitions. Where definitions are written, a judge that looks closer says which patterns are linear.
 *
 * @throws DefinitionError for any other pattern.
 */
export function compileRegex(pattern: unknown, caseInsensitive: boolean, judge: JudgeRegex | undefined): RegExp {
  const text = typeof pattern === "string" ? pattern : "";
  // Escapes and classes stand for one character each; once they are letters, what is left is structure.
  const bare = text.replace(/\\[^1-9k]/g, "x").replace(/\[[^\]]*\]/g, "x");
  const count = (what: RegExp): number => bare.match(what)?.length ?? 0;
  const unbounded =
    text !== pattern ||
    text.length > MAX_REGEX_LENGTH ||
    /\\|\(\?<?[=!]/.test(bare) ||
    count(UNBOUNDED) > 2 ||
    count(REPEATED_GROUP) > count(REPEATED_PLAIN_GROUP);
  if (unbounded || judge?.(text)) throw new DefinitionError("value: may match without bound");
  return new RegExp(text, caseInsensitive ? "i" : "");
}
