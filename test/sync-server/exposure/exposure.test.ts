import { createRollease, type Rollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { describeExposure, exposureOf } from "rollease/server";
import { describe, expect, it, onTestFinished } from "vitest";

async function open(): Promise<Rollease> {
  const privacy = { hashedAttributes: ["email"] };
  const rl = createRollease({ db: createMemoryAdapter(), secret: "a-secret-of-the-tests", privacy });
  onTestFinished(() => rl.close());
  const staff = { any: [{ dimension: "email", op: "in", value: ["a@corp.example", "b@corp.example"] } as const] };
  await rl.flags.createSegment({ key: "staff", rules: staff });
  await rl.flags.createSegment({ key: "unused", rules: { dimension: "phone", op: "eq", value: "1" } });
  await rl.flags.create({ key: "needed", type: "boolean", defaultValue: true, clientVisible: false });
  const rules = [
    {
      conditions: { all: [{ segment: "staff" }, { dimension: "plan", op: "in", value: ["pro", "team"] } as const] },
      value: true,
    },
    { conditions: { dimension: ["cart", "total"], op: "gt", value: 100 } as const, value: true },
    { conditions: { dimension: "plan", op: "exists", value: true } as const, value: true },
  ];
  const overrides = [
    { scope: "user", id: "u1", value: true },
    { scope: "environment", id: "production", value: true },
  ] as const;
  const prerequisites = [{ flagKey: "needed" }];
  await rl.flags.create({ key: "shown", type: "boolean", defaultValue: false, rules, overrides, prerequisites });
  await rl.flags.create({ key: "hidden", type: "boolean", defaultValue: false, clientVisible: false });
  await rl.flags.kill("needed");
  await rl.flags.createExclusionLayer({ key: "checkout", allocations: [{ flagKey: "shown", start: 0, end: 50 }] });
  return rl;
}

describe("what a key reveals", () => {
  it("of a page is what it reaches, with digests told from what anybody can read", async () => {
    const rl = await open();
    const { id, key } = await rl.keys.create({ name: "web", kind: "client", environment: "production" });
    const exposure = await exposureOf(rl, id);
    expect(exposure).toEqual({
      key: { id, name: "web", kind: "client", environment: "production" },
      flags: [
        { key: "needed", as: "prerequisite", status: "killed" },
        { key: "shown", as: "whole", status: "active" },
      ],
      segments: ["staff"],
      layers: ["checkout"],
      attributes: [
        { name: "cart.total", plain: [100], digested: 0, askedBy: ["flag shown"] },
        { name: "email", plain: [], digested: 2, askedBy: ["segment staff"] },
        { name: "plan", plain: ["pro", "team"], digested: 0, askedBy: ["flag shown"] },
      ],
      overrides: { plain: [{ scope: "environment", id: "production" }], digested: 1 },
    });
    expect(JSON.stringify(exposure)).not.toContain(key);
    expect(describeExposure(exposure)).toBe(`The client key "web" is for "production", for pages of any origin.
Everybody who opens a page with it can read:
  1 flag: shown
  1 flag that others need, as far as they do: needed (killed)
  1 segment: staff
  1 layer: checkout
  what users are compared with:
    cart.total: with 100, in plain; asked by flag shown
    email: with 2 values, as digests; asked by segment staff
    plan: with "pro", "team", in plain; asked by flag shown
  that the environment "production" has an override, in plain
  1 override, as a digest of whom it is for
`);
  });

  it("of a server is everything, in plain", async () => {
    const rl = await open();
    const { id } = await rl.keys.create({ name: "api", kind: "server" });
    await rl.keys.revoke(id);
    const exposure = await exposureOf(rl, id);
    expect(exposure.flags.map(({ key, as }) => [key, as])).toEqual([
      ["hidden", "whole"],
      ["needed", "whole"],
      ["shown", "whole"],
    ]);
    expect(exposure.segments).toEqual(["staff", "unused"]);
    expect(exposure.attributes.find(({ name }) => name === "email")).toMatchObject({ digested: 0, plain: { length: 2 } });
    expect(exposure.overrides).toMatchObject({ digested: 0, plain: [{ scope: "user", id: "u1" }, {}] });
    expect(describeExposure(exposure)).toMatch(
      /^The server key "api" is for every environment\.\nIt is revoked since .+ could read:\n/,
    );
  });

  it("of a key that sees nothing is nothing, and of none there is no telling", async () => {
    const rl = await open();
    const { id } = await rl.keys.create({ name: "none", kind: "client", flags: [], origins: ["https://shop.example"] });
    expect(describeExposure(await exposureOf(rl, id)))
      .toBe(`The client key "none" is for every environment, for pages of https://shop.example.
Everybody who opens a page with it can read:
  no flag
  no segment
  no layer
`);
    await expect(exposureOf(rl, "missing")).rejects.toMatchObject({ code: "VALIDATION" });
  });
});
