import fc from "fast-check";
import { createEvaluator, isRolleaseError } from "rollease";
import { algorithms } from "rollease/migrate";
import { expect, test } from "vitest";
import { parseFlag } from "../../../src/model/parse-flag";
import { parseSegment } from "../../../src/model/parse-segment";
import { type Importer, readVectors } from "./vector-cases";

/** What holds for every importer, whatever the document. */
export function testImporter(importer: Importer, files: readonly string[], numRuns = 1_000): void {
  const documents = files.flatMap((file) => {
    const { docs } = readVectors(file, importer.name);
    return docs.filter(({ from }) => from === importer.name).map(({ doc }) => doc);
  });

  test("what is imported passes the checks of every written flag", () => {
    for (const document of documents) {
      const { flags, segments } = importer(document).snapshot;
      for (const { version: _v, createdAt: _c, updatedAt: _u, ...flag } of flags)
        expect(parseFlag(flag, { isNew: false, newRuleId: () => "none" })).toEqual(flag);
      for (const { version: _v, createdAt: _c, updatedAt: _u, ...segment } of segments)
        expect(parseSegment(segment, { isNew: false })).toEqual(segment);
    }
  });

  test("anything at all is imported or refused with a ValidationError, and then never throws", () => {
    const broken = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...documents).chain((document) => mutated(document)) },
      fc.anything(),
    );
    fc.assert(
      fc.property(broken, (document) => {
        try {
          const { snapshot, warnings } = importer(document);
          const known = new Set(warnings.map(({ flagKey }) => flagKey));
          const evaluator = createEvaluator(JSON.parse(JSON.stringify(snapshot)) as typeof snapshot, { algorithms });
          for (const { kind, key } of evaluator.warnings) expect(kind === "segment" || known.has(key)).toBe(true);
          evaluator.evaluateAll({ userId: "u1", attributes: { id: "u1", country: "US", version: "1.0.0", list: [1] } });
        } catch (error) {
          expect(isRolleaseError(error) && error.code, String(error)).toBe("VALIDATION");
        }
      }),
      { numRuns },
    );
  });
}

/** The document with something else in one to three places. */
function mutated(document: unknown): fc.Arbitrary<unknown> {
  const change = fc.record({
    place: fc.nat(),
    value: fc.oneof(fc.jsonValue(), fc.constantFrom("__proto__", "$or", Number.NaN, -1, 1e300, "[", "(a+)+$", undefined)),
  });
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const copy = { root: structuredClone(document) };
    for (const { place, value } of changes) {
      const places = [...placesIn(copy)];
      const [holder, name] = places[place % places.length] as (typeof places)[number];
      holder[name] = value;
    }
    return copy.root;
  });
}

function* placesIn(holder: object): Generator<[holder: Record<string, unknown>, name: string]> {
  for (const [name, value] of Object.entries(holder) as [string, unknown][]) {
    yield [holder as Record<string, unknown>, name];
    if (typeof value === "object" && value !== null) yield* placesIn(value);
  }
}
