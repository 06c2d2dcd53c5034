import { describe, expect, it } from "vitest";
import { openRollease } from "./open-rollease";

describe("rules", () => {
  it("are added last, changed, reordered and removed", async () => {
    const rl = openRollease();
    await rl.flags.create({ key: "f", type: "string", defaultValue: "d", variants: [{ key: "v", value: "V", weight: 1 }] });
    const one = await rl.flags.addRule("f", { conditions: true, value: "1" });
    const two = await rl.flags.addRule("f", { id: "two", conditions: true, value: "2" });
    expect(one.id).toMatch(/^[0-9a-f-]{36}$/);
    expect([one.priority, two.priority]).toEqual([0, 1]);
    expect((await rl.flags.evaluate("f", {})).value).toBe("1");

    expect((await rl.flags.reorderRules("f", ["two", one.id])).map(({ id }) => id)).toEqual(["two", one.id]);
    expect((await rl.flags.evaluate("f", {})).ruleId).toBe("two");
    for (const ids of [["two"], ["two", "two"], ["two", one.id, "three"]])
      await expect(rl.flags.reorderRules("f", ids)).rejects.toMatchObject({ issues: [{ path: "ruleIds" }] });

    const served = await rl.flags.updateRule("f", "two", { variantId: "v" });
    expect(served).toMatchObject({ variantId: "v" });
    expect(served).not.toHaveProperty("value");
    expect(await rl.flags.evaluate("f", {})).toMatchObject({ value: "V", variant: "v" });

    await rl.flags.removeRule("f", "two");
    expect((await rl.flags.listRules("f")).map(({ id }) => id)).toEqual([one.id]);
  });

  it("name what is wrong with them", async () => {
    const rl = openRollease();
    await rl.flags.create({ key: "f", type: "number", defaultValue: 0 });
    const add = (rule: unknown) => rl.flags.addRule("f", rule as never);
    await expect(add({ conditions: true })).rejects.toMatchObject({ issues: [{ path: "rules[0]" }] });
    await expect(add({ conditions: true, value: "1" })).rejects.toMatchObject({ issues: [{ path: "rules[0].value" }] });
    await expect(add({ conditions: true, variantId: "v" })).rejects.toMatchObject({ issues: [{ path: "rules[0].variantId" }] });
    await expect(add(null)).rejects.toMatchObject({ issues: [{ path: "rules[0]" }] });
  });

  it("refuse regular expressions that are not proven linear", async () => {
    const rl = openRollease();
    const create = (value: string) =>
      rl.flags.create({
        key: "f",
        type: "boolean",
        defaultValue: false,
        rules: [{ conditions: { all: [true, { dimension: "email", op: "regex", value }] } }],
      });
    for (const pattern of ["^(a+)+$", "a*b", "(", "x".repeat(129)])
      await expect(create(pattern)).rejects.toMatchObject({ issues: [{ path: "rules[0].conditions.all[1].value" }] });
    await create("@example\\.com$");
    expect(await rl.flags.isEnabled("f", { attributes: { email: "a@example.com" } })).toBe(true);
  });
});
