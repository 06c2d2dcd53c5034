import fc from "fast-check";
import murmurhash3 from "murmurhash3js-revisited";
import { expect, test, vi } from "vitest";
import { getBucket } from "../../src/engine/native-bucket";
import { evaluatorOf, flag, ruled } from "./definitions";

vi.setConfig({ testTimeout: 60_000 });

const SIZE = 2 ** 32;
const library = (text: string, seed: number): number => murmurhash3.x86.hash32(new TextEncoder().encode(text), seed);
const seeds = fc.integer({ min: 0, max: 0xffffffff });
const ascii = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 24 });
const odd = fc.string({
  unit: fc.constantFrom("a", "Z", "0", ":", "\0", "\x7f", "\x80", "é", "💥", "\ud800", "\udc00"),
  minLength: 1,
  maxLength: 9,
});

/** A flag that is true for the one unit whose hash is that. */
function flagFor(key: string, bucketing: object, hash: number) {
  const bucket = { algorithm: "native", unit: "userId", size: SIZE, ...bucketing };
  return { ...ruled({ bucket, in: [[hash, hash + 1]] }), key };
}

test.each([
  ["ASCII, which needs no bytes,", ascii],
  ["any other", odd],
])("%s text hashes as its bytes do in the library, wherever the unit ends and the suffix begins", (_, texts) => {
  const property = fc.property(texts, seeds, (text, seed) => {
    const cuts = Array.from({ length: text.length }, (__, i) => i + 1);
    const hash = library(text, seed);
    const flags = cuts.map((cut) => flagFor(`${cut}`, { unit: `u${cut}`, suffix: text.slice(cut), seed }, hash));
    const attributes = Object.fromEntries(cuts.map((cut) => [`u${cut}`, text.slice(0, cut)]));
    const all = evaluatorOf(flags).evaluateAll({ attributes });
    for (const cut of cuts) expect(all[cut]?.value, `${cut}`).toBe(true);
  });
  fc.assert(property, { numRuns: 1000 });
});

test("a bucket is the library's hash of prefix, unit and suffix, whoever was bucketed before, by whatever seed", () => {
  const bucketings = fc.record({
    prefix: fc.oneof(fc.constant(""), odd),
    suffix: fc.oneof(fc.constant(""), odd, ascii),
    seed: seeds,
  });
  const property = fc.property(
    fc.array(bucketings, { minLength: 1, maxLength: 4 }),
    fc.array(fc.oneof(odd, ascii), { minLength: 1, maxLength: 4 }),
    (many, ids) => {
      const flags = many.flatMap((each, i) =>
        ids.map((id, j) => flagFor(`${i} ${j}`, each, library(`${each.prefix}${id}${each.suffix}`, each.seed))),
      );
      const evaluator = evaluatorOf(flags);
      for (const [j, userId] of ids.entries()) {
        const all = evaluator.evaluateAll({ userId });
        for (const i of many.keys()) expect(all[`${i} ${j}`]?.value).toBe(true);
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
});

test("getBucket, and every rollout, is the library's hash of unit, key and salt", () => {
  const text = fc.oneof(odd, ascii);
  const property = fc.property(text, text, fc.oneof(fc.constant(""), text), (unit, key, salt) => {
    const bucket = (library(`${unit}:${key}:${salt}`, 0) / SIZE) * 100;
    expect(getBucket(unit, key, salt)).toBe(bucket);
    const evaluator = evaluatorOf([flag(key, { rollout: { percentage: 50, salt } })]);
    expect(evaluator.evaluate(key, { userId: unit }).value).toBe(bucket < 50);
  });
  fc.assert(property, { numRuns: 2000 });
});
