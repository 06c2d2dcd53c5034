import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REQUIREMENTS } from "./requirements";

/** Every number of a requirement in section 2 of OpenFeature's specification. */
const NUMBERS =
  "2.1.1 2.2.1 2.2.2.1 2.2.3 2.2.4 2.2.5 2.2.6 2.2.7 2.2.8.1 2.2.9 2.2.10 2.3.1 2.3.2 2.3.3 2.4.1 2.4.2.1 2.5.1 2.5.2 2.6.1 2.7.1";

function testsIn(file: string): readonly string[] {
  const source = readFileSync(join(import.meta.dirname, `${file}.test.ts`), "utf8");
  // The last text before the function that is the test, be it of `it` or of `it.each(...)`.
  return [...source.matchAll(/\("((?:[^"\\]|\\.)*)",(?:\s+\{[^}]*\},)?\s+(?:async )?\(/g)].map(([, name]) => name ?? "");
}

describe("section 2 of OpenFeature's specification", () => {
  it("is known by every number, in order", () => {
    expect(REQUIREMENTS.map(({ id }) => id)).toEqual(NUMBERS.split(" "));
  });

  it.each(REQUIREMENTS.map(({ id, level, says, shownBy }) => [id, level, says, shownBy] as const))(
    "%s (%s) is shown: %s",
    (_id, _level, _says, shownBy) => {
      expect(shownBy).not.toEqual([]);
      for (const [file, test] of shownBy) expect(testsIn(file)).toContain(test);
    },
  );

  it("is looked for among the tests by names that can be missing", () => {
    expect(testsIn("requirements")).not.toContain("is not there");
    expect(testsIn("requirements")).toContain("is known by every number, in order");
  });
});
