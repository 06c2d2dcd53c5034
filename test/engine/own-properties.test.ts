import { describe, expect, test } from "vitest";
import { evaluatorOf, holds, ruled } from "./definitions";

/** Everything that a value has without anybody having put it there. */
const INHERITED = [
  ...new Set([Object, Array, String, Number, Function, Date, Map].flatMap((each) => Object.getOwnPropertyNames(each.prototype))),
].filter((name) => name !== "length" && name !== "size");

class Account {
  readonly plan = "pro";
  static readonly tier = "gold";
  get level(): number {
    return 5;
  }
}

const HOLDERS: Readonly<Record<string, () => unknown>> = {
  "an object": () => ({}),
  "an object without a prototype": () => Object.create(null) as object,
  "a list": () => [],
  text: () => "text",
  "a number": () => 5,
  "a date": () => new Date(0),
  "a map": () => new Map([["plan", "pro"]]),
  "an instance": () => new Account(),
  "an heir": () => Object.create({ plan: "pro", constructor: "mine" }) as object,
};

const exists = (dimension: unknown, attributes: object): boolean =>
  holds({ dimension, op: "exists" }, { attributes: attributes as Readonly<Record<string, unknown>> });

describe.each(Object.keys(HOLDERS))("of %s, what is inherited is missing", (name) => {
  const holder = HOLDERS[name]?.();

  test("by name, by dots, by path, and among elements", () => {
    for (const inherited of INHERITED) {
      if (typeof holder === "object") expect(exists(inherited, holder as object), inherited).toBe(false);
      expect(exists(`x.${inherited}`, { x: holder }), inherited).toBe(false);
      expect(exists(["x", inherited], { x: holder }), inherited).toBe(false);
      const some = { dimension: inherited, op: "exists" };
      expect(holds({ dimension: "x", some }, { attributes: { x: [holder] } }), inherited).toBe(false);
      expect(exists({ first: [`x.${inherited}`, ["x", inherited]] }, { x: holder }), inherited).toBe(false);
    }
  });
});

describe("what a value has of itself counts, whatever it is called", () => {
  test.each(INHERITED)("%s", (name) => {
    const own = Object.defineProperty({}, name, { value: "mine", enumerable: true });
    expect(holds({ dimension: name, op: "eq", value: "mine" }, { attributes: own })).toBe(true);
    expect(holds({ dimension: ["x", name], op: "eq", value: "mine" }, { attributes: { x: own } })).toBe(true);
    expect(holds({ dimension: `x.${name}`, op: "eq", value: "mine" }, { attributes: { x: own } })).toBe(true);
  });

  test("a getter of its own does, one of its class does not, nor does what stands on the class", () => {
    const attributes = { x: Object.defineProperty({}, "level", { get: () => 5 }), y: new Account() };
    expect(holds({ dimension: "x.level", op: "eq", value: 5 }, { attributes })).toBe(true);
    expect(holds({ dimension: "y.plan", op: "eq", value: "pro" }, { attributes })).toBe(true);
    expect(exists("y.level", attributes)).toBe(false);
    expect(exists("y.tier", attributes)).toBe(false);
    expect(exists("z.tier", { z: Account })).toBe(false);
  });

  test("a list has its indices and its length, text has neither", () => {
    expect(holds({ dimension: "x.length", op: "eq", value: 2 }, { attributes: { x: ["a", "b"] } })).toBe(true);
    expect(holds({ dimension: "x.1", op: "eq", value: "b" }, { attributes: { x: ["a", "b"] } })).toBe(true);
    expect(exists("x.length", { x: "ab" })).toBe(false);
    expect(exists("x.0", { x: "ab" })).toBe(false);
  });
});

test("equality looks at own properties, too", () => {
  const heir = Object.assign(Object.create({ a: 1 }) as object, { b: 2 });
  const is = (value: unknown, x: unknown): boolean => holds({ dimension: "x", op: "eq", value }, { attributes: { x } });
  expect(is({ a: 1, b: 2 }, heir)).toBe(false);
  expect(is({ b: 2 }, heir)).toBe(true);
  expect(is({ a: 1 }, heir)).toBe(false);
  expect(is(JSON.parse('{"__proto__": 1}'), {})).toBe(false);
  expect(is({ constructor: 1 }, { other: 1 })).toBe(false);
  expect(is({ other: 1 }, { constructor: Object })).toBe(false);
});

test("a name that means something to objects is a flag's, a segment's or an environment's name like any other, and is missing", () => {
  const evaluator = evaluatorOf(
    [ruled({ any: [{ segment: "constructor" }, { flag: "toString", where: true }] })],
    {},
    { overrides: {} },
  );
  for (const key of ["constructor", "__proto__", "toString"])
    expect(evaluator.evaluate(key, { environment: key }, { defaultValue: "none" }).value).toBe("none");
  expect(evaluator.evaluate("ruled", { environment: "constructor", userId: "__proto__" }).value).toBe(false);
});
