/** Where judging gives up: a pattern that takes more steps than this to judge is refused. */
const MAX_STEPS = 5_000;
/** How many ways a pattern may match the same text. It is a bound whatever the length of the text. */
const MAX_WAYS = 50;

/**
 * Answers why a regular expression is refused, or `undefined` where matching it takes time that grows no faster than the
 * text. The judge is loaded when it is first needed.
 */
export async function judgeRegex(pattern: string, caseInsensitive: boolean): Promise<string | undefined> {
  const { isSafePattern } = await import("redos-detector");
  const { safe } = isSafePattern(pattern, { caseInsensitive, maxSteps: MAX_STEPS, maxScore: MAX_WAYS });
  return safe ? undefined : "the regular expression is not proven to be linear; anchor it with ^ or repeat less";
}
