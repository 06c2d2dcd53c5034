import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEraser } from "../../../adapters/db/erase-mentions";
import type { JsonValue } from "../../../src/model/json";

const MARK = "[ERASED]";

describe("a mention in a text", () => {
  it.each([
    ["ann", "ann", MARK],
    ["ann", "asked for by ann.", `asked for by ${MARK}.`],
    ["ann", "ann, (ann) ann's user:ann /users/ann?x=ann", `${MARK}, (${MARK}) ${MARK}'s user:${MARK} /users/${MARK}?x=${MARK}`],
    ["ann", "ann- -ann ...ann... ann@ +ann", `${MARK}- -${MARK} ...${MARK}... ${MARK}@ +${MARK}`],
    ["ann", "anna joann ann1 1ann _ann ann_ Ann année an\u0301n ann\u0301", undefined],
    ["ann", "mary.ann@example.com ann-2 ann.lee x-ann ann+tag@example.com", undefined],
    ["ann", "删除ann的数据 annさん ann가", `删除${MARK}的数据 ${MARK}さん ${MARK}가`],
    ["张三", "删除张三的数据", `删除${MARK}的数据`],
    ["ann", '{"id":"ann"}', `{"id":"${MARK}"}`],
    ['a"b', 'it was a"b: {"id":"a\\"b"}', `it was ${MARK}: {"id":"${MARK}"}`],
    ["%", "50% of %", `50% of ${MARK}`],
    ["a.b", "a.b axb", `${MARK} axb`],
    ["$&", "x $& y", `x ${MARK} y`],
    ["ERASED", "[ERASED] ERASED", `${MARK} ${MARK}`],
  ])("of %j in %j", (user, text, expected) => {
    expect(createEraser(user).text(text)).toBe(expected ?? text);
  });

  it("is every whole word that is the id, and no other", () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9é_]{1,6}$/).filter((one) => !"ERASED".includes(one));
    const gap = fc.constantFrom(" ", ", ", "(", ") ", ": ", "/", '"', "'", " - ", ". ", "\n", " % ", " \\ ", "=");
    const parts = fc.array(fc.tuple(gap, fc.option(word, { nil: undefined })), { maxLength: 8 });
    fc.assert(
      fc.property(word, parts, (user, around) => {
        const join = (name: string): string => around.map(([between, other]) => between + (other ?? name)).join("");
        const isOther = around.every(([, other]) => other !== user);
        fc.pre(isOther);
        expect(createEraser(user).text(join(user))).toBe(join(MARK));
      }),
    );
  });
});

describe("a user in JSON", () => {
  const user = "o'b\"r\\ien";
  /** JSON with the user at any depth, and the same with the mark in their place. */
  const { pair } = fc.letrec<{ pair: readonly [JsonValue, JsonValue] }>((tie) => {
    const both = (value: JsonValue) => [value, value] as const;
    const pairs = fc.array(tie("pair"), { maxLength: 4 });
    const key = fc.oneof(
      fc.constant([user, MARK] as const),
      fc.stringMatching(/^[a-z_]{1,5}$/).map((one) => [one, one] as const),
    );
    const object = fc.uniqueArray(fc.tuple(key, tie("pair")), { maxLength: 4, selector: ([[name]]) => name });
    return {
      pair: fc.oneof(
        { maxDepth: 5 },
        fc.constant([user, MARK] as const),
        fc.constant([`by ${user}!`, `by ${MARK}!`] as const),
        fc.constantFrom<JsonValue>(null, true, 0, -1.5, "", "name", "other").map(both),
        pairs.map((list) => [list.map(([one]) => one), list.map(([, one]) => one)] as const),
        object.map((entries) => {
          const side = (i: 0 | 1) => Object.fromEntries(entries.map(([name, value]) => [name[i], value[i]]));
          return [side(0), side(1)] as const;
        }),
      ),
    };
  });

  it("is erased at any depth, and everything else is kept", () => {
    fc.assert(
      fc.property(pair, ([value, expected]) => {
        const { json, document } = createEraser(user);
        expect(json(value)).toEqual(expected);
        expect(JSON.parse(document(JSON.stringify({ value })))).toEqual({ value: expected });
        expect(json(json(value))).toEqual(expected);
        expect(JSON.stringify(json(value))).not.toContain("ien");
      }),
    );
  });

  it("costs nothing where they are not named: what comes is what goes", () => {
    const { json, document, actor } = createEraser("nobody");
    const value = { a: [1, { b: "c" }] };
    expect(json(value)).toBe(value);
    const text = '{ "spaced" : 1 }';
    expect(document(text)).toBe(text);
    const by = { id: "u", type: "user", name: "U" } as const;
    expect(actor(by)).toBe(by);
  });

  it("keeps a key that stands like a property of every object", () => {
    const value = JSON.parse('{"__proto__":"nobody","constructor":1}') as JsonValue;
    expect(JSON.stringify(createEraser("nobody").json(value))).toBe('{"__proto__":"[ERASED]","constructor":1}');
  });

  it("loses its name with the id, and keeps what kind of actor it is", () => {
    expect(createEraser("user").actor({ id: "user", type: "user", name: "Ann" })).toEqual({ id: MARK, type: "user", name: MARK });
  });
});
