import fc from "fast-check";
import type { Bucketing, Condition } from "../../src/model/condition";
import { leaf, rootLeaf } from "./arbitrary-leaves";
import { defined, FLAG_KEYS, rangeWithin, seldom, SEGMENT_KEYS } from "./arbitrary-values";

const flagKey = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...FLAG_KEYS) }, { weight: 1, arbitrary: fc.constant("gone") });
const segmentKey = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...SEGMENT_KEYS) },
  { weight: 1, arbitrary: fc.constant("gone") },
);

/** Bucketings by the native algorithm and by one that is passed in (see `sumOf`). */
function bucketingBy(units: fc.Arbitrary<Bucketing["unit"]>): fc.Arbitrary<Bucketing> {
  const common = {
    unit: units,
    prefix: fc.constantFrom(undefined, "", "p-", "é"),
    suffix: fc.constantFrom(undefined, "", ":x:", ":é"),
    seed: fc.constantFrom(undefined, 0, 7, 0xffffffff),
    size: fc.constantFrom(undefined, 1, 100, 10_000),
    missing: seldom(fc.constant(0 as const), 3),
  };
  return fc
    .oneof(
      { weight: 3, arbitrary: fc.record({ algorithm: fc.constant("native"), ...common }) },
      {
        weight: 1,
        arbitrary: fc.record({
          algorithm: fc.constant("sum"),
          ...common,
          text: fc.constantFrom(undefined, "utf8" as const, "low-byte" as const),
        }),
      },
    )
    .map((each) => defined(each) as Bucketing);
}

export const bucketing = bucketingBy(
  fc.constantFrom<Bucketing["unit"]>("userId", "tenantId", "plan", "age", "tags", ["plan"], "cart.total", {
    first: ["nothing", "userId"],
  }),
);
const rootBucketing = bucketingBy(fc.constantFrom<Bucketing["unit"]>([], "label", "total", "value", "userId"));

function bucketCondition(by: fc.Arbitrary<Bucketing>): fc.Arbitrary<Condition> {
  return by.chain((bucket) =>
    fc.record({ bucket: fc.constant(bucket), in: fc.array(rangeWithin(bucket.size ?? 100), { maxLength: 2 }) }),
  );
}

const trees = fc.letrec<{ condition: Condition; inner: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 8, arbitrary: leaf },
    fc.boolean(),
    segmentKey.map((segment) => ({ segment })),
    bucketCondition(bucketing),
    fc.record({
      dimension: fc.constantFrom("tags", "carts", ["carts"], "cart", "carts.0.items", { first: ["nothing", "carts"] }),
      some: tie("inner"),
    }),
    fc.tuple(rootLeaf, rootLeaf, fc.constantFrom("all", "any")).map(nestedSome),
    fc.record({ flag: flagKey, where: tie("inner") }),
    fc.array(tie("condition"), { maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie("condition"), { maxLength: 3 }).map((any) => ({ any })),
    fc.array(tie("condition"), { maxLength: 2 }).map((none) => ({ none })),
  ),
  inner: fc.oneof(
    { maxDepth: 2 },
    { weight: 10, arbitrary: rootLeaf },
    fc.boolean(),
    segmentKey.map((segment) => ({ segment })),
    bucketCondition(rootBucketing),
    { weight: 2, arbitrary: fc.record({ dimension: fc.constantFrom("items", "items", [], "value"), some: tie("inner") }) },
    fc.array(tie("inner"), { maxLength: 2 }).map((all) => ({ all })),
    fc.array(tie("inner"), { maxLength: 2 }).map((any) => ({ any })),
    fc.array(tie("inner"), { maxLength: 1 }).map((none) => ({ none })),
    { weight: 1, arbitrary: fc.record({ flag: flagKey, where: rootLeaf }) },
  ),
}));

/** What is asked of an element is asked of that element, also when its own elements have been looked at. */
function nestedSome([ofItem, ofCart, group]: [Condition, Condition, string]): Condition {
  const some = { [group]: [{ dimension: "items", some: ofItem }, ofCart] } as unknown as Condition;
  return { dimension: "carts", some };
}

/** Trees within the limits; few hold an error, which takes the flag with it. */
export const condition = fc
  .oneof(
    { weight: 40, arbitrary: trees.condition },
    { weight: 1, arbitrary: trees.condition.map((each): Condition => ({ any: [each, { error: "not carried over" }] })) },
  )
  .filter((each) => countNodes(each) <= 100);

/** Counts at least what the limit counts. */
function countNodes(condition: Condition): number {
  if (typeof condition !== "object") return 1;
  return Object.values(condition as object)
    .flat()
    .reduce((sum: number, each: unknown) => sum + (typeof each === "object" && each ? countNodes(each as Condition) : 1), 1);
}
