import { describe, expect, test, vi } from "vitest";
import { judgeRegex } from "../../adapters/regex/judge-regex";
import { isRolleaseError, type ValidationIssue } from "../../src/errors";
import { checkEvaluable } from "../../src/server/check-evaluable";
import { holds, refusal, ruled } from "./definitions";

// A pattern may take its judge a second.
vi.setConfig({ testTimeout: 60_000 });

/** What is refused where definitions are written: the path of each issue. */
async function refusedOnWrite(value: string): Promise<readonly string[]> {
  const leaf = { dimension: "x", op: "regex", value } as const;
  try {
    await checkEvaluable({ flag: ruled({ all: [true, leaf] }) }, judgeRegex);
    return [];
  } catch (error) {
    if (!isRolleaseError(error) || error.code !== "VALIDATION") throw error;
    return (error as unknown as { issues: readonly ValidationIssue[] }).issues.map(({ path }) => path);
  }
}

const refusedOnCompile = (value: string): string | undefined => refusal({ dimension: "x", op: "regex", value });

const EXPONENTIAL = [
  "(a+)+$",
  "(a*)*b",
  "(a|a)*$",
  "(a|aa)+$",
  "^(a?){25}a{25}$",
  "(x+x+)+y",
  "(.*a){12}",
  "([a-zA-Z]+)*@",
  "^(([a-z])+.)+[A-Z]([a-z])+$",
  "^(\\w+\\s?)*$",
  "(?:a|b|ab)+c",
  "((a{1,9}){1,9}){1,9}b",
  "^(?:.*,)*x",
  "a{0,20}a{0,20}a{0,20}a{0,20}a{0,20}b",
  "(a|a)".repeat(20),
  "a?".repeat(25) + "a".repeat(25),
];

/** Slower the longer the text, by its square or worse: no look-around or group is needed for that. */
const POLYNOMIAL = ["a*a*a*b", ".*.*.*x", "\\d+\\d+\\d+x", "^\\s*\\s*\\s*$x"];

/** Refused only where they are written: the engine's own bounds, which ship to browsers, do not see through them. */
const ONLY_ON_WRITE = [".*.*x", "\\s+$", "a{64,}", "[^x]*x[^x]*", "a{0,20}a{0,20}a{0,20}a{0,20}b"];

const HARMLESS = [
  "^pro",
  "pro$",
  "^(u|user)-\\d+$",
  "^[a-z0-9]+@[a-z]+\\.com$",
  "\\d{1,3}\\.\\d{1,3}",
  "^[^@]+@example\\.(com|org)$",
  "(?:)",
  "^\\p{2}$",
  "[.*+?^${}()|[\\]\\\\]",
  "^v\\d+\\.\\d+",
  "é|ü|🚩",
];

describe("a pattern that takes time out of proportion is refused, where it is written and where it is compiled", () => {
  test.each([...EXPONENTIAL, ...POLYNOMIAL])("%s", async (pattern) => {
    expect(refusedOnCompile(pattern)).toBe('rules["r"].conditions.value: unbounded');
    expect(await refusedOnWrite(pattern)).toEqual(["rules[0].conditions.all[1].value"]);
  });
});

test.each(ONLY_ON_WRITE)("%s is refused where it is written", async (pattern) => {
  expect(await refusedOnWrite(pattern)).toEqual(["rules[0].conditions.all[1].value"]);
});

test.each(HARMLESS)("%s is accepted, where it is written and where it is compiled", async (pattern) => {
  expect(refusedOnCompile(pattern)).toBeUndefined();
  expect(await refusedOnWrite(pattern)).toEqual([]);
});

test.each(["(", "[", "a{2,1}", "*", "\\", "(?<n>a)(?<n>b)", "a".repeat(129), "(?=a)", "(?<!a)b", "(a)\\1"])(
  "%s is no pattern, or more than one may ask for",
  async (pattern) => {
    expect(refusedOnCompile(pattern)).toBeDefined();
    expect(await refusedOnWrite(pattern)).toEqual(["rules[0].conditions.all[1].value"]);
  },
);

test("what is accepted is matched in a time that does not explode, on text made to make it", () => {
  const texts = ["a", "u", "1", ".", " ", "@", "pro", "a@"].map((piece) => `${piece.repeat(20_000 / piece.length)}!`);
  const startedAt = performance.now();
  for (const value of HARMLESS) for (const x of texts) holds({ dimension: "x", op: "regex", value }, { attributes: { x } });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
