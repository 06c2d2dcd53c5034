import fc from "fast-check";
import { createRollease, isRolleaseError, type Rollease, type Snapshot } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { expect, it } from "vitest";
import { DEFINITION_KINDS } from "../../../src/model/definition";
import type { SdkKeyRow } from "../../../src/ports/database-adapter";
import { INTERNAL } from "../../../src/server/types";
import { audienceOf } from "../../../sync-server/audiences/audience";
import { createProjector, type Projection } from "../../../sync-server/audiences/project";
import { settle } from "../../support/manual-clock";
import { createSyncedPage, type SyncedPage } from "./synced-page";

const FLAGS = ["flag-one", "flag-two", "flag-three", "flag-four", "flag-five"];
const SEGMENTS = ["segment-one", "segment-two", "segment-three"];
const HASHED = ["email"];
/** Whatever holds this may reach no page. */
const CANARY = "canary";

const mail = { dimension: "email", op: "in", value: ["canary@corp.example", "other@canary.example"] } as const;

const flagSpec = fc.record({
  key: fc.constantFrom(...FLAGS),
  visible: fc.boolean(),
  places: fc.constantFrom(undefined, ["production"], ["canary-staging"], ["production", "canary-staging"]),
  tags: fc.subarray(["beta", "canary-tag"]),
  namespace: fc.constantFrom("shop", "blog"),
  needs: fc.subarray(FLAGS, { maxLength: 2 }),
  segments: fc.subarray(SEGMENTS, { maxLength: 2 }),
  asksForMail: fc.boolean(),
});
type FlagSpec = typeof flagSpec extends fc.Arbitrary<infer T> ? T : never;

function definitionOf({ key, visible, places, tags, namespace, needs, segments, asksForMail }: FlagSpec): object {
  return {
    description: `canary: why ${key} is there`,
    owner: "canary@owners.example",
    clientVisible: visible,
    environments: places ?? null,
    environmentDefaults: { production: `${key} here`, "canary-staging": "canary default" },
    tags,
    namespace,
    // A flag needs only those before it, so that nothing goes round in circles.
    prerequisites: needs.filter((each) => FLAGS.indexOf(each) < FLAGS.indexOf(key)).map((flagKey) => ({ flagKey })),
    rules: [
      { id: "on", name: "canary rule", conditions: { all: segments.map((segment) => ({ segment })) }, value: `${key} served` },
      { id: "off", enabled: false, conditions: { dimension: "plan", op: "eq", value: "canary plan" }, value: "canary" },
      ...(asksForMail ? [{ id: "mail", conditions: { none: [mail] }, value: `${key} mailed` }] : []),
    ],
    overrides: [
      { scope: "user", id: "canary@users.example", value: "x" },
      { scope: "tenant", id: "canary-corp", value: "y" },
      { scope: "environment", id: "canary-staging", value: "canary" },
    ],
  };
}

const change = fc.oneof(
  { weight: 4, arbitrary: flagSpec.map((spec) => (rl: Rollease) => rl.flags.update(spec.key, definitionOf(spec))) },
  {
    weight: 2,
    arbitrary: fc
      .record({ at: fc.nat(2), deeper: fc.boolean(), asksForMail: fc.boolean() })
      .map(({ at, deeper, asksForMail }) => {
        const nested = deeper && at > 0 ? [{ segment: SEGMENTS[at - 1] as string }] : [];
        const rules = { any: [...nested, ...(asksForMail ? [mail] : [])] };
        return (rl: Rollease) => rl.flags.updateSegment(SEGMENTS[at] as string, { description: "canary", rules });
      }),
  },
  fc.subarray(FLAGS).map((keys) => (rl: Rollease) => {
    const allocations = keys.map((flagKey, n) => ({ flagKey, start: n * 10, end: n * 10 + 10 }));
    return rl.flags.updateExclusionLayer("layer", { name: "canary layer", allocations });
  }),
  fc.constantFrom(...FLAGS).map((key) => (rl: Rollease) => rl.flags.setLock(key, { locked: true, reason: "canary reason" })),
  fc.constantFrom(...FLAGS).map((key) => (rl: Rollease) => rl.flags.setLock(key, { locked: false })),
  fc.constantFrom(...FLAGS).map((key) => (rl: Rollease) => rl.flags.kill(key, { force: true })),
  fc.constantFrom(...FLAGS).map((key) => (rl: Rollease) => rl.flags.delete(key, { confirm: key })),
  fc.constantFrom(...FLAGS).map((key) => (rl: Rollease) => rl.flags.create({ key, type: "string", defaultValue: key })),
);

const pageAct = fc.record({
  page: fc.nat(2),
  act: fc.oneof(
    fc.constantFrom(undefined, 1, 2).map((limit) => (page: SyncedPage) => page.pull(limit)),
    fc.constant((page: SyncedPage) => page.openStream()),
    fc.constant((page: SyncedPage) => page.closeStream()),
  ),
});
const step = fc.oneof(
  { weight: 5, arbitrary: change.map((run) => ({ do: "change" as const, run })) },
  { weight: 5, arbitrary: pageAct.map(({ page, act }) => ({ do: "page" as const, page, act })) },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  { weight: 1, arbitrary: fc.nat(2).map((page) => ({ do: "rotate" as const, page })) },
);

const rights = fc.record(
  {
    kind: fc.constantFrom<SdkKeyRow["kind"]>("client", "client", "client", "server"),
    flags: fc.subarray(FLAGS, { maxLength: 2 }),
    tags: fc.constantFrom(["beta"], []),
    namespaces: fc.constantFrom(["shop"], []),
  },
  { requiredKeys: ["kind"] },
);

/** By kind and key, as they are after they were sent. */
function definitionsOf(snapshot: Snapshot): Map<string, unknown> {
  const sent = JSON.parse(JSON.stringify(snapshot)) as Snapshot;
  return new Map(
    DEFINITION_KINDS.flatMap((kind) => sent[`${kind}s`].map((doc): [string, unknown] => [`${kind}:${doc.key}`, doc])),
  );
}

async function open(): Promise<Rollease> {
  const rl = createRollease({
    db: createMemoryAdapter(),
    secret: "a-secret-of-the-tests",
    logging: { sink: () => undefined },
    privacy: { hashedAttributes: HASHED },
  });
  await rl.ready();
  for (const key of SEGMENTS) await rl.flags.createSegment({ key, name: "canary segment", rules: false });
  for (const key of FLAGS) await rl.flags.create({ key, type: "string", defaultValue: key });
  await rl.flags.createExclusionLayer({ key: "layer", name: "canary layer", allocations: [] });
  return rl;
}

it("with any key, by any mixture of pulls and streams, is what the key may see, and no byte of anything else", async () => {
  const property = fc.asyncProperty(
    fc.tuple(rights, rights, rights),
    fc.array(step, { minLength: 5, maxLength: 30 }),
    async (keys, script) => {
      const rl = await open();
      let handler = rl.createHandler();
      const pages = await Promise.all(
        keys.map(async (each, n) => {
          let { key, id } = await rl.keys.create({ name: `key ${n}`, environment: "production", ...each });
          const audience = audienceOf({ ...each, environment: "production" }, undefined, HASHED);
          const ask = (path: string): Promise<Response> => {
            const headers = each.kind === "client" ? { "x-rollease-client-key": key } : { authorization: `Bearer ${key}` };
            return handler(new Request(`http://test/api/rollease${path}`, { headers }));
          };
          return {
            kind: each.kind,
            page: createSyncedPage(ask),
            rotate: async () => ({ key, id } = await rl.keys.rotate(id)),
            /** For this key, and for whoever has its rights. */
            snapshots: () =>
              Promise.all([
                rl.flags.snapshot({ audience: id }),
                rl.flags.snapshot({ audience: each, environment: "production" }),
              ]),
            project: (): Projection => {
              const { feed } = rl[INTERNAL];
              return createProjector(audience, feed.position()?.epoch ?? "")(feed.since(-1));
            },
            /** Everything that was ever there to be seen. */
            seen: new Set<string>(),
            /** All that what was to be seen spoke of: a prerequisite that lives elsewhere is there by its key alone. */
            told: new Set<string>(),
          };
        }),
      );
      const look = (): void => {
        for (const { project, seen, told } of pages)
          for (const [id, { doc }] of project()) {
            seen.add(id);
            told.add(JSON.stringify(doc));
          }
      };
      look();

      for (const next of script) {
        if (next.do === "change") {
          // A change that is refused changes nothing.
          await next.run(rl).catch((error: unknown) => {
            if (!isRolleaseError(error)) throw error;
          });
          look();
        } else if (next.do === "restart") {
          handler.close();
          handler = rl.createHandler();
        } else if (next.do === "rotate") await pages[next.page]?.rotate();
        else await next.act((pages[next.page] as (typeof pages)[number]).page);
      }

      await settle();
      for (const { kind, page, project, snapshots, seen, told } of pages) {
        const expected = new Map([...project()].map(([id, { doc }]) => [id, JSON.parse(JSON.stringify(doc)) as unknown]));
        if (page.isLive()) expect(page.held()).toEqual(expected);
        await page.pull();
        expect(page.held()).toEqual(expected);
        for (const id of page.removed) expect(seen).toContain(id);
        const spokenOf = [...told].join("\n");
        for (const name of [...FLAGS, ...SEGMENTS]) if (!spokenOf.includes(name)) expect(page.received).not.toContain(name);
        for (const snapshot of await snapshots()) {
          expect(definitionsOf(snapshot)).toEqual(expected);
          expect(snapshot.checkpoint).toBe(page.checkpoint());
          if (kind === "client") expect(JSON.stringify(snapshot).toLowerCase()).not.toContain(CANARY);
        }
        if (kind === "client") expect(page.received.toLowerCase()).not.toContain(CANARY);
      }
      await rl.close();
    },
  );
  await fc.assert(property, { numRuns: 300 });
}, 120_000);
