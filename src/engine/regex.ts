import { LIMITS } from "../model/limits";
import { DefinitionError } from "./definition-error";

const UNBOUNDED = /[*+]|\{\d+,\}/g;

/**
 * Compiles a pattern that is bounded enough to run on anybody's input: at most 128 characters, no look-around, no back
 * reference, no repetition or choice inside a repeated group (the source of exponential matching), and at most two
 * unbounded repetitions. Where definitions are written, a judge that looks closer says which patterns are linear.
 *
 * @throws DefinitionError for any other pattern.
 */
export function compileRegex(
  pattern: unknown,
  caseInsensitive: boolean,
  judge: ((pattern: string) => string | undefined) | undefined,
): RegExp {
  if (typeof pattern !== "string") throw new DefinitionError("value", "a regular expression is text");
  if (pattern.length > LIMITS.regexLength)
    throw new DefinitionError("value", `a regular expression has at most ${LIMITS.regexLength} characters`);
  const fault = findFault(pattern) ?? judge?.(pattern);
  if (fault !== undefined) throw new DefinitionError("value", `the regular expression ${fault}`);
  try {
    return new RegExp(pattern, caseInsensitive ? "i" : "");
  } catch {
    throw new DefinitionError("value", "is no regular expression");
  }
}

function findFault(pattern: string): string | undefined {
  // Escapes and classes stand for one character each; once they are letters, what is left is structure.
  const back = /\\[1-9k]/.test(pattern);
  const bare = pattern.replace(/\\./g, "x").replace(/\[[^\]]*\]/g, "x");
  if (back || /\(\?<?[=!]/.test(bare)) return "looks around or back";
  let depth = bare;
  // Innermost groups first: each is replaced by what it means to the group around it.
  for (
    let inner = /\((?:\?(?::|<\w+>))?([^()]*)\)([*+{]?)/.exec(depth);
    inner;
    inner = /\((?:\?(?::|<\w+>))?([^()]*)\)([*+{]?)/.exec(depth)
  ) {
    const [whole, body = "", repeat = ""] = inner;
    if (repeat !== "" && /[*+?{|]/.test(body)) return "repeats a group that itself repeats or chooses";
    depth = depth.replace(whole, () => (/[*+?{|]/.test(body) ? `${body.replaceAll("|", "?")}?` : body || "x") + repeat);
  }
  return (bare.match(UNBOUNDED)?.length ?? 0) > 2 ? "has more than two unbounded repetitions" : undefined;
}
