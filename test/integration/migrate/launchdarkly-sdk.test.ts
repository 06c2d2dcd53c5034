import { createRequire } from "node:module";
import { join } from "node:path";
import fc from "fast-check";
import { createEvaluator, type FlagContext, type Snapshot } from "rollease";
import { algorithms, fromLaunchDarkly } from "rollease/migrate";
import { expect, test } from "vitest";
import { prepareFixture } from "../../support/fixture";
import { contexts, type Contexts, documents } from "./launchdarkly-documents";

interface Sdk {
  readonly integrations: { readonly TestData: new () => TestData };
  init(key: string, options: object): Client;
  basicLogger(options: object): unknown;
}
interface TestData {
  getFactory(): unknown;
  usePreconfiguredFlag(flag: unknown): void;
  usePreconfiguredSegment(segment: unknown): void;
}
interface Client {
  waitForInitialization(options: object): Promise<unknown>;
  variationDetail(key: string, context: unknown, fallback: unknown): Promise<{ value: unknown; variationIndex?: number | null }>;
  close(): void;
}
interface LaunchDarklyDocument {
  readonly flags: Readonly<Record<string, object>>;
  readonly segments: Readonly<Record<string, object>>;
}

const sdk = createRequire(join(await prepareFixture("flag-sdks"), "package.json"))("@launchdarkly/node-server-sdk") as Sdk;

async function open({ flags, segments }: LaunchDarklyDocument): Promise<Client> {
  const data = new sdk.integrations.TestData();
  const options = {
    updateProcessor: data.getFactory(),
    sendEvents: false,
    diagnosticOptOut: true,
    logger: sdk.basicLogger({ level: "none" }),
  };
  const client = sdk.init("no-key", options);
  await client.waitForInitialization({ timeout: 10 });
  // It writes into what it is given.
  for (const flag of Object.values(structuredClone(flags))) data.usePreconfiguredFlag(flag);
  for (const segment of Object.values(structuredClone(segments))) data.usePreconfiguredSegment(segment);
  return client;
}

function ours(document: LaunchDarklyDocument) {
  const snapshot = JSON.parse(JSON.stringify(fromLaunchDarkly(document).snapshot)) as Snapshot;
  return createEvaluator(snapshot, { algorithms });
}

function toSdkContext(kinds: Contexts): object {
  const names = Object.keys(kinds);
  return names.length > 1 ? { kind: "multi", ...structuredClone(kinds) } : { kind: names[0], ...kinds[names[0] as string] };
}

function toContext({ user, ...others }: Contexts): FlagContext {
  const kind = [...(user ? ["user"] : []), ...Object.keys(others)];
  const withAnonymous = Object.entries(others).map(([name, of]) => [name, { anonymous: false, ...of }] as const);
  const { key, ...rest } = user ?? {};
  return {
    ...(user && { userId: key as string }),
    attributes: { ...(user && { anonymous: false, ...rest }), ...Object.fromEntries(withAnonymous), kind },
  };
}

test("every flag answers as LaunchDarkly's SDK does, whatever the document and the context", async () => {
  const property = fc.asyncProperty(documents, fc.array(contexts, { minLength: 8, maxLength: 8 }), async (document, all) => {
    const client = await open(document);
    const evaluator = ours(document);
    try {
      expect(evaluator.warnings).toEqual([]);
      for (const kinds of all)
        for (const key of Object.keys(document.flags)) {
          const { value, variationIndex } = await client.variationDetail(key, toSdkContext(kinds), "default");
          const { value: got, variant } = evaluator.evaluate(key, toContext(kinds), { defaultValue: "default" });
          const expected = { value, variant: variationIndex == null ? null : String(variationIndex) };
          expect({ value: got, variant }, JSON.stringify({ key, kinds })).toEqual(expected);
        }
    } finally {
      client.close();
    }
  });
  await fc.assert(property, { numRuns: 300 });
});

test("at the edges of a rollout, units are on the side that LaunchDarkly's SDK puts them on", async () => {
  const units = Array.from({ length: 200 }, (_, i) => `unit-${i}`);
  const bucketOf = (unit: string): number => algorithms.launchdarkly(`f.salt.${unit}`, 0, 1, "utf8");
  const edges = units.flatMap((unit) => {
    const weight = Math.floor(bucketOf(unit) * 100_000);
    return [weight, weight + 1].map((each) => ({ unit, weight: each }));
  });
  const flags = Object.fromEntries(
    edges.map(({ weight }) => [
      `f-${weight}`,
      {
        key: "f",
        version: 1,
        on: true,
        salt: "salt",
        variations: [true, false],
        fallthrough: {
          rollout: {
            variations: [
              { variation: 0, weight },
              { variation: 1, weight: 100_000 - weight },
            ],
          },
        },
      },
    ]),
  );
  const evaluator = ours({ flags, segments: {} });
  for (const { unit, weight } of edges) {
    const client = await open({ flags: { f: flags[`f-${weight}`] as object }, segments: {} });
    const expected = await client.variationDetail("f", { kind: "user", key: unit }, null);
    client.close();
    expect(evaluator.evaluate(`f-${weight}`, { userId: unit }, { defaultValue: null }).value).toBe(expected.value);
  }
});
