import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change } from "../../../src/model/definition";
import type { Flag } from "../../../src/model/flag";
import { createDefinitionSet } from "../../../src/protocol/definition-set";
import { createAudienceFeed, type AudienceFeed } from "../../../sync-server/audiences/audience-feed";
import { takePage } from "../../../sync-server/audiences/page";
import { isVisible, type Audience } from "../../../sync-server/audiences/audience";
import { createProjector } from "../../../sync-server/audiences/project";
import { createRawFeed, ruleOn, type RawFeed, type Write } from "../raw-feed";

const everybody: Audience = { environment: undefined, kind: "client" };
const at = (seq: number): { epoch: string; seq: number } => ({ epoch: "e", seq });
const begin = (raw: RawFeed): AudienceFeed => createAudienceFeed(everybody, at(raw.seq()), raw.all());
const changes = (entries: readonly { change: Change }[] | undefined): Change[] => (entries ?? []).map(({ change }) => change);
const brief = (entries: readonly { change: Change }[] | undefined): string[] =>
  changes(entries).map(({ kind, key, seq, deleted }) => `${deleted ? "-" : "+"}${kind}:${key}@${seq}`);
const flag = (key: string, doc: Partial<Flag> = {}): Write => ({ kind: "flag", key, doc });

describe("the feed of an audience", () => {
  it("tells of a segment when the first flag uses it, and of its leaving when none does any more", () => {
    const raw = createRawFeed();
    raw.commit(flag("a"), { kind: "segment", key: "s", doc: {} });
    const feed = begin(raw);
    expect(brief(feed.present())).toEqual(["+flag:a@1"]);
    raw.commit(flag("a", { rules: [ruleOn("s")] }));
    expect(brief(feed.advance(at(2), raw.all())).sort()).toEqual(["+flag:a@2", "+segment:s@2"]);
    raw.commit(flag("a"));
    expect(brief(feed.advance(at(3), raw.all())).sort()).toEqual(["+flag:a@3", "-segment:s@3"]);
    expect(brief(feed.since(1)).sort()).toEqual(["+flag:a@3", "-segment:s@3"]);
  });

  it("removes a flag that is hidden, and never names one that always was", () => {
    const raw = createRawFeed();
    raw.commit(flag("a"), flag("hidden", { clientVisible: false }));
    const feed = begin(raw);
    raw.commit(flag("a", { clientVisible: false }), flag("hidden", { clientVisible: false }));
    feed.advance(at(2), raw.all());
    raw.commit({ kind: "flag", key: "hidden" });
    feed.advance(at(3), raw.all());
    expect(brief(feed.since(1))).toEqual(["-flag:a@2"]);
    expect(feed.position()).toEqual(at(3));
  });

  it("tells of a layer whose shares changed because a flag was hidden", () => {
    const raw = createRawFeed();
    const allocations = ["a", "b"].map((flagKey, n) => ({ flagKey, start: n * 50, end: n * 50 + 50 }));
    raw.commit(flag("a"), flag("b"), { kind: "layer", key: "l", doc: { allocations } });
    const feed = begin(raw);
    raw.commit(flag("b", { clientVisible: false }));
    const told = feed.advance(at(2), raw.all());
    expect(brief(told).sort()).toEqual(["+layer:l@2", "-flag:b@2"]);
    expect(changes(told).find(({ kind }) => kind === "layer")?.doc).toMatchObject({ allocations: [{ flagKey: "a" }] });
  });

  it("does not claim to know what was removed before it began", () => {
    const raw = createRawFeed();
    raw.commit(flag("a"));
    raw.commit(flag("b"));
    const feed = begin(raw);
    expect(feed.since(1)).toBeUndefined();
    expect(feed.since(2)).toEqual([]);
    expect(feed.since(7)).toBeUndefined();
  });

  it("keeps commits apart that reach it together", () => {
    const raw = createRawFeed();
    const feed = begin(raw);
    raw.commit(flag("a"));
    raw.commit(flag("b"));
    expect(brief(feed.advance(at(2), raw.all()))).toEqual(["+flag:a@1", "+flag:b@2"]);
    expect(brief(feed.since(0))).toEqual(["+flag:a@1", "+flag:b@2"]);
  });

  it("does not claim to know what was there between commits that reached it together", () => {
    const raw = createRawFeed();
    const feed = begin(raw);
    for (const visible of [true, false]) raw.commit(flag("a", { clientVisible: visible }));
    feed.advance(at(2), raw.all());
    expect(feed.since(0)).toEqual([]);
    expect(feed.since(1)).toBeUndefined();
    expect(feed.since(2)).toEqual([]);
  });

  it("forgets the oldest removals past its bound, and says so to those who ask for them", () => {
    const raw = createRawFeed();
    raw.commit(...["a", "b", "c", "d", "e"].map((key) => flag(key)));
    const feed = createAudienceFeed(everybody, at(1), raw.all(), 4);
    for (const key of ["a", "b", "c", "d", "e"]) {
      raw.commit({ kind: "flag", key });
      feed.advance(at(raw.seq()), raw.all());
    }
    expect(feed.since(1)).toBeUndefined();
    expect(brief(feed.since(4))).toEqual(["-flag:d@5", "-flag:e@6"]);
  });
});

describe("a page", () => {
  const entries = [1, 1, 2, 3, 3, 3, 4].map((seq, n) => ({
    change: { kind: "flag", key: `f${n}`, seq, deleted: true } as const,
    json: "",
  }));
  it.each([
    [1, [1, 1]],
    [2, [1, 1]],
    [3, [1, 1, 2]],
    [4, [1, 1, 2]],
    [6, [1, 1, 2, 3, 3, 3]],
    [7, [1, 1, 2, 3, 3, 3, 4]],
    [99, [1, 1, 2, 3, 3, 3, 4]],
  ])("of %i ends with a whole commit", (limit, seqs) => {
    expect(takePage(entries, limit).map(({ change }) => change.seq)).toEqual(seqs);
  });
  it("lets a commit that is larger than the limit through whole", () => {
    expect(takePage(entries.slice(3), 2).map(({ change }) => change.seq)).toEqual([3, 3, 3]);
  });
});

const keys = ["a", "b", "c", "d"];
const someKeys = fc.subarray(keys, { maxLength: 2 });
const writes: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ key: fc.constantFrom(...keys), visible: fc.boolean(), segments: someKeys, needs: someKeys }).map((f) =>
    flag(f.key, {
      clientVisible: f.visible,
      rules: [ruleOn(...f.segments)],
      prerequisites: f.needs.map((flagKey) => ({ flagKey })),
    }),
  ),
  fc
    .record({ key: fc.constantFrom(...keys), nested: someKeys })
    .map(({ key, nested }): Write => ({ kind: "segment", key, doc: { rules: { any: nested.map((segment) => ({ segment })) } } })),
  fc.record({ key: fc.constantFrom(...keys), flags: someKeys }).map(({ key, flags }): Write => ({
    kind: "layer",
    key,
    doc: { allocations: flags.map((flagKey, n) => ({ flagKey, start: n, end: n + 1 })) },
  })),
  fc
    .record({ kind: fc.constantFrom("flag" as const, "segment" as const, "layer" as const), key: fc.constantFrom(...keys) })
    .map((gone): Write => gone),
);
type Step =
  | { readonly do: "commit"; readonly writes: Write[] }
  | { readonly do: "learn" }
  | { readonly do: "restart" }
  | { readonly do: "pull"; readonly server: 0 | 1; readonly limit: number };
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.array(writes, { minLength: 1, maxLength: 3 }).map((w): Step => ({ do: "commit", writes: w })) },
  { weight: 4, arbitrary: fc.constant<Step>({ do: "learn" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "restart" }) },
  {
    weight: 4,
    arbitrary: fc
      .record({ server: fc.constantFrom(0 as const, 1 as const), limit: fc.constantFrom(1, 2, 99) })
      .map((pull): Step => ({ do: "pull", ...pull })),
  },
);

describe("whatever mixture of pulls a client makes", () => {
  it("ends with the projection of the present state, and no removal names what it never could see", () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 40 }), (script) => {
        const raw = createRawFeed();
        // Two servers: one learns of each commit by itself, the other of several at once and only when it is told to.
        const servers: [AudienceFeed, AudienceFeed] = [begin(raw), begin(raw)];
        const client = createDefinitionSet();
        const everSeen = new Set<string>();
        let seen: number | undefined;

        const pull = (server: AudienceFeed, limit: number): void => {
          if (seen !== undefined && seen > server.position().seq) return;
          let known = seen === undefined ? undefined : server.since(seen);
          const reset = known === undefined;
          known ??= server.present();
          const taken: Change[] = [];
          for (
            let page = takePage(known, limit);
            page.length > 0;
            known = known.slice(page.length), page = takePage(known, limit)
          )
            taken.push(...changes(page));
          for (const change of taken) if (change.deleted) expect(everSeen).toContain(`${change.kind}:${change.key}`);
          client.apply(taken, reset);
          seen = server.position().seq;
          expect(client.hash).toBe(server.hash());
        };

        for (const step of script) {
          if (step.do === "commit") {
            raw.commit(...step.writes);
            servers[0].advance(at(raw.seq()), raw.all());
            for (const id of createProjector(everybody, "e")(raw.all()).keys()) everSeen.add(id);
          } else if (step.do === "learn") servers[1].advance(at(raw.seq()), raw.all());
          else if (step.do === "restart") servers[0] = begin(raw);
          else pull(servers[step.server], step.limit);
        }
        pull(servers[0], 99);

        const held = new Map([...client.present()].map((change) => [`${change.kind}:${change.key}`, change.doc]));
        const expected = new Map([...createProjector(everybody, "e")(raw.all())].map(([id, { doc }]) => [id, doc]));
        expect(held).toEqual(expected);
        for (const change of raw.all())
          if (change.kind === "flag" && !change.deleted)
            expect(servers[0].shows(change.key)).toBe(isVisible(change.doc, everybody));
      }),
      { numRuns: 2000 },
    );
  });
});
