import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createEvaluator } from "../../src/create-evaluator";
import type { FlagContext } from "../../src/model/context";
import { parseFlag } from "../../src/model/parse-flag";
import { parseLayer } from "../../src/model/parse-layer";
import { parseSegment } from "../../src/model/parse-segment";
import type { Snapshot } from "../../src/model/snapshot";
import { contexts } from "./arbitrary-contexts";
import { toStorable } from "./arbitrary-documents";
import { snapshots } from "./arbitrary-rulesets";
import { NOW, STAMP } from "./arbitrary-values";
import { sumOf } from "./naive-world";
import { assertOver, CASES, TIMEOUT_MS } from "./property-cases";

const RUNS = Math.ceil(CASES / 400);
const many = fc.array(contexts, { minLength: 4, maxLength: 4 });

const throughText = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Through the door by which every definition comes in; what the server keeps about it stays outside. */
function throughTheDoor({ flags, segments, layers, ...rest }: Snapshot): Snapshot {
  const isNew = false;
  const newRuleId = (): string => expect.unreachable();
  const inside = <T extends typeof STAMP>({ version: _, createdAt: __, updatedAt: ___, ...definition }: T) => definition;
  return {
    ...rest,
    flags: flags.map((each) => ({ ...parseFlag(inside(each), { isNew, newRuleId }), ...STAMP })),
    segments: segments.map((each) => ({ ...parseSegment(inside(each), { isNew }), ...STAMP })),
    layers: layers.map((each) => ({ ...parseLayer(inside(each), { isNew }), ...STAMP })),
  };
}

function answersOf(snapshot: Snapshot, contextsOfUsers: readonly FlagContext[]): unknown {
  const evaluator = createEvaluator(snapshot, { now: () => NOW, algorithms: { sum: sumOf } });
  return [contextsOfUsers.map((each) => evaluator.evaluateAll(each, { defaultValue: "mine" })), evaluator.warnings];
}

test("a snapshot that went through text is the same, and answers the same", { timeout: TIMEOUT_MS }, async () => {
  const property = fc.property(snapshots, many, (snapshot, users) => {
    const copy = throughText(snapshot);
    expect(copy).toEqual(snapshot);
    deepStrictEqual(answersOf(copy, users), answersOf(snapshot, users));
  });
  await assertOver(property, RUNS, `${RUNS} snapshots as text`);
});

test(
  "a document that is parsed, written and parsed again is the same, and answers as it was written",
  { timeout: TIMEOUT_MS },
  async () => {
    let unchanged = 0;
    const property = fc.property(snapshots, many, (generated, users) => {
      const written = toStorable(generated);
      const parsed = throughTheDoor(written);
      deepStrictEqual(throughText(parsed), parsed);
      deepStrictEqual(throughTheDoor(throughText(parsed)), parsed);
      deepStrictEqual(answersOf(parsed, users), answersOf(written, users));
      // In our own words, it is the same from the first.
      if (!/"(attribute|field|operator|values)":|"(not_in|starts_with|ends_with)"/.test(JSON.stringify(written))) {
        deepStrictEqual(parsed, written);
        unchanged++;
      }
    });
    await assertOver(property, RUNS, `${RUNS} documents through the door`);
    expect(unchanged).toBeGreaterThan(RUNS / 10);
  },
);
