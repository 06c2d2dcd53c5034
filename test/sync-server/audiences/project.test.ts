import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Flag } from "../../../src/model/flag";
import type { Segment } from "../../../src/model/segment";
import { createProjector } from "../../../sync-server/audiences/project";
import { createRawFeed, ruleOn, type Write } from "../raw-feed";

function view(environment: string | undefined, ...writes: Write[]): ReadonlyMap<string, { readonly doc: unknown }> {
  const feed = createRawFeed();
  feed.commit(...writes);
  return createProjector({ environment, kind: "client" }, "epoch")(feed.all());
}
const digestOf = (...parts: unknown[]): string =>
  createHash("sha256")
    .update(JSON.stringify(["epoch", ...parts]))
    .digest("base64");
const flag = (key: string, doc: Partial<Flag> = {}): Write => ({ kind: "flag", key, doc });
const segment = (key: string, doc: Partial<Segment> = {}): Write => ({ kind: "segment", key, doc });
const layer = (key: string, ...flagKeys: string[]): Write => ({
  kind: "layer",
  key,
  doc: { name: "secret", allocations: flagKeys.map((flagKey, at) => ({ flagKey, start: at * 10, end: at * 10 + 10 })) },
});

describe("what a client audience sees", () => {
  it("is the visible flags and no other", () => {
    expect([
      ...view(undefined, flag("a"), flag("b", { clientVisible: false }), flag("c", { clientVisible: true })).keys(),
    ]).toEqual(expect.arrayContaining(["flag:a", "flag:c"]));
    expect(view(undefined, flag("b", { clientVisible: false })).size).toBe(0);
  });

  it("is the flags of the server's environment, whichever way a flag says where it lives", () => {
    const seen = view(
      "production",
      flag("everywhere"),
      flag("here", { environment: "production" }),
      flag("also-here", { environments: ["staging", "production"] }),
      flag("elsewhere", { environment: "staging" }),
      flag("also-elsewhere", { environments: ["staging"] }),
    );
    expect([...seen.keys()].sort()).toEqual(["flag:also-here", "flag:everywhere", "flag:here"]);
  });

  it("is the segments that rules reach, through groups, through each other and through prerequisites", () => {
    const seen = view(
      undefined,
      flag("a", { rules: [ruleOn("direct")], prerequisites: [{ flagKey: "hidden" }, { any: [{ segment: "prerequisite" }] }] }),
      flag("hidden", { clientVisible: false, rules: [ruleOn("of-hidden")] }),
      flag("unused", { clientVisible: false, rules: [ruleOn("of-unused")] }),
      segment("direct", { rules: { none: [{ any: [{ segment: "nested" }] }] } }),
      ...["nested", "of-hidden", "of-unused", "prerequisite", "named"].map((key) => segment(key)),
      flag("b", { rules: [{ id: "r", conditions: { dimension: "segment", op: "in", value: ["named"] }, value: true }] }),
    );
    expect([...seen.keys()].filter((id) => id.startsWith("segment:")).sort()).toEqual(
      ["direct", "named", "nested", "of-hidden", "prerequisite"].map((key) => `segment:${key}`),
    );
  });

  it("survives segments and prerequisites that go round in circles, and names that lead nowhere", () => {
    const seen = view(
      undefined,
      flag("a", { prerequisites: [{ flagKey: "b" }, { flagKey: "missing" }], rules: [ruleOn("x", "missing")] }),
      flag("b", { prerequisites: [{ flagKey: "a" }] }),
      segment("x", { rules: { segment: "y" } }),
      segment("y", { rules: { segment: "x" } }),
    );
    expect([...seen.keys()].sort()).toEqual(["flag:a", "flag:b", "segment:x", "segment:y"]);
  });

  it("is of layers only the shares of flags that are seen", () => {
    const seen = view(undefined, flag("a"), flag("b", { clientVisible: false }), layer("mixed", "a", "b"), layer("other", "b"));
    expect(seen.has("layer:other")).toBe(false);
    expect(seen.get("layer:mixed")?.doc).toMatchObject({ allocations: [{ flagKey: "a", start: 0, end: 10 }] });
  });

  it("leaves out what only authors should read", () => {
    const told = { description: "secret", owner: "secret", tags: ["secret"], locked: true, lockedReason: "secret" };
    const seen = view(
      "production",
      flag("a", {
        ...told,
        name: "Checkout",
        rules: [ruleOn("s")],
        environmentDefaults: { production: true, staging: "secret" },
      }),
      segment("s", { name: "secret", description: "secret" }),
      layer("l", "a"),
    );
    expect(JSON.stringify([...seen.values()])).not.toContain("secret");
    expect(seen.get("flag:a")?.doc).toMatchObject({ name: "Checkout", locked: true, environmentDefaults: { production: true } });
  });

  it("keeps the defaults of all environments where the server is of none", () => {
    const defaults = { production: true, staging: false };
    expect(view(undefined, flag("a", { environmentDefaults: defaults })).get("flag:a")?.doc).toMatchObject({
      environmentDefaults: defaults,
    });
  });

  it("holds of an unseen prerequisite what evaluation reads, marked as not for showing", () => {
    const seen = view(
      undefined,
      flag("a", { prerequisites: [{ flagKey: "hidden" }] }),
      flag("hidden", {
        clientVisible: false,
        name: "secret",
        namespace: "secret",
        description: "secret",
        variants: [{ key: "on", name: "secret", value: 1, weight: 1 }],
        rollout: { percentage: 10, salt: "s" },
        rules: [ruleOn()],
        overrides: [{ scope: "user", id: "u1", value: true }],
      }),
    );
    const doc = seen.get("flag:hidden")?.doc as Flag;
    expect(JSON.stringify(doc)).not.toContain("secret");
    expect(doc).toMatchObject({
      clientVisible: false,
      rollout: { percentage: 10, salt: "s" },
      variants: [{ key: "on", value: 1, weight: 1 }],
      overrides: [{ scope: "$.userId", id: digestOf("userId", "u1"), value: true }],
    });
  });
});
