import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createEngine } from "../../src/engine/create-engine";
import type { Engine, EngineOptions, EngineWarning } from "../../src/engine/types";
import type { FlagContext } from "../../src/model/context";
import type { Change, DefinitionByKind, DefinitionKind } from "../../src/model/definition";
import type { Snapshot } from "../../src/model/snapshot";
import { contexts } from "./arbitrary-contexts";
import { flagOf } from "./arbitrary-flags";
import { layerOf, segmentOf, snapshots } from "./arbitrary-rulesets";
import { FLAG_KEYS, NOW, SEGMENT_KEYS } from "./arbitrary-values";
import { flagIsOnCircle } from "./naive-circles";
import { sumOf } from "./naive-world";
import { assertOver, CASES, TIMEOUT_MS } from "./property-cases";

const HISTORIES = Math.ceil(CASES / 500);

type Kept = { readonly [K in DefinitionKind]: Map<string, DefinitionByKind[K]> };

const seq = 1;
const removal = fc.constant({ seq, deleted: true });
const changeOf = (kind: DefinitionKind, key: string, doc: fc.Arbitrary<{ readonly key: string }>): fc.Arbitrary<Change> =>
  fc
    .oneof({ weight: 3, arbitrary: doc.map((each) => ({ seq, doc: each })) }, { weight: 1, arbitrary: removal })
    .map((rest) => ({ kind, key, ...rest }) as Change);

const change = fc.oneof(
  ...FLAG_KEYS.map((key) => changeOf("flag", key, flagOf(key))),
  ...SEGMENT_KEYS.map((key) => changeOf("segment", key, segmentOf(key))),
  ...["layer", "läyer"].map((key) => changeOf("layer", key, layerOf(key))),
);
/** One application; in between, the engine is evaluated, so that what is compiled at first use has been, or it is not. */
const group = fc.record({ changes: fc.array(change, { minLength: 1, maxLength: 5 }), isEvaluated: fc.boolean() });

function keep(kept: Kept, { kind, key, doc }: Change): void {
  const definitions = kept[kind] as Map<string, unknown>;
  if (doc) definitions.set(key, doc);
  else definitions.delete(key);
}

function keptOf({ flags, segments, layers }: Snapshot): Kept {
  const byKey = <T extends { readonly key: string }>(all: readonly T[]) => new Map(all.map((each) => [each.key, each] as const));
  return { flag: byKey(flags), segment: byKey(segments), layer: byKey(layers) };
}

function snapshotOf(kept: Kept, first: Snapshot): Snapshot {
  return { ...first, flags: [...kept.flag.values()], segments: [...kept.segment.values()], layers: [...kept.layer.values()] };
}

function optionsFor({ environment }: Snapshot): EngineOptions {
  const assignments = {
    get: (flagKey: string, unit: string) => (unit.length % 2 ? "a" : flagKey === "alpha" ? "on" : undefined),
  };
  return { now: () => NOW, environment, algorithms: { sum: sumOf }, assignments };
}

/** Everything that an engine tells. */
function everythingOf(engine: Engine, many: readonly FlagContext[], trace: boolean): unknown {
  return {
    keys: engine.keys().sort(),
    results: many.map((context) => engine.evaluateAll(context, { trace, defaultValue: "mine" })),
    again: many.map((context) => engine.evaluateAll(context)),
    sticky: many.map((context) => new Set(engine.stickyUnits(context).map((each) => JSON.stringify(each)))),
    warnings: new Set(warningsOf(engine).map((each) => JSON.stringify(each))),
    boundary: engine.nextBoundary(NOW),
  };
}

/**
 * What went wrong with the definitions. What went wrong while a segment was evaluated stays on its record when nobody asks
 * for the segment any more, and depends on what was there before.
 */
function warningsOf(engine: Engine): EngineWarning[] {
  const isOfEvaluation = ({ kind, message }: EngineWarning): boolean =>
    kind === "segment" && (message === "not carried over" || message.startsWith("segment "));
  return engine.warnings().filter((each) => !isOfEvaluation(each));
}

const met = new Map<string, number>();

/** Counts what comes and goes, to know that it did. */
function count(before: Snapshot, after: Snapshot): void {
  const facts = (all: Snapshot): Readonly<Record<string, number>> => ({
    circles: all.flags.filter(({ key }) => flagIsOnCircle(key, all)).length,
    prerequisites: all.flags.filter(({ prerequisites }) => prerequisites?.length).length,
    segments: all.segments.length,
    layers: all.layers.length,
    flags: all.flags.length,
  });
  const [old, now] = [facts(before), facts(after)];
  for (const [what, many] of Object.entries(now)) {
    const was = old[what] ?? 0;
    if (many !== was)
      met.set(`${many > was ? "more" : "fewer"} ${what}`, (met.get(`${many > was ? "more" : "fewer"} ${what}`) ?? 0) + 1);
  }
}

const history = fc.tuple(
  snapshots,
  fc.array(group, { minLength: 1, maxLength: 6 }),
  fc.array(contexts, { minLength: 3, maxLength: 3 }),
);

test(
  `changes in any grouping equal the same definitions compiled whole, at every step of ${HISTORIES} histories`,
  { timeout: TIMEOUT_MS },
  async () => {
    const property = fc.property(history, ([first, groups, many]) => {
      const options = optionsFor(first);
      const kept = keptOf(first);
      const always = createEngine(first, options);
      const sometimes = createEngine(first, options);
      for (const { changes, isEvaluated } of groups) {
        const before = snapshotOf(kept, first);
        for (const each of changes) keep(kept, each);
        const after = snapshotOf(kept, first);
        count(before, after);
        always.apply(changes);
        sometimes.apply(changes);
        const whole = everythingOf(createEngine(after, options), many, true);
        expect(everythingOf(always, many, true)).toEqual(whole);
        if (isEvaluated) expect(everythingOf(sometimes, many, true)).toEqual(whole);
      }
      expect(everythingOf(sometimes, many, true)).toEqual(everythingOf(always, many, true));
    });
    await assertOver(property, HISTORIES, `${HISTORIES} histories`);
    for (const what of ["circles", "prerequisites", "segments", "layers", "flags"])
      for (const way of ["more", "fewer"])
        expect(met.get(`${way} ${what}`) ?? 0, `${way} ${what}`).toBeGreaterThan(HISTORIES / 20);
  },
);

test(
  "a snapshot that is applied to an empty engine, in any order and grouping, equals the snapshot compiled whole",
  { timeout: TIMEOUT_MS },
  async () => {
    const property = fc.property(
      snapshots,
      fc.infiniteStream(fc.nat()),
      fc.array(contexts, { minLength: 3, maxLength: 3 }),
      (whole, dice, many) => {
        const changes = (["flag", "segment", "layer"] as const).flatMap((kind) =>
          [...keptOf(whole)[kind].values()].map((doc) => ({ kind, key: doc.key, seq, doc }) as Change),
        );
        const roll = (): number => dice.next().value as number;
        const shuffled = changes
          .map((each) => [roll(), each] as const)
          .sort(([a], [b]) => a - b)
          .map(([, each]) => each);
        const engine = createEngine({ flags: [], segments: [], layers: [] }, optionsFor(whole));
        while (shuffled.length > 0) {
          engine.apply(shuffled.splice(0, 1 + (roll() % 4)));
          if (roll() % 2 === 0) everythingOf(engine, many, false);
        }
        // Which of two layers is named first depends on their order, which is nobody's promise; hence no trace.
        deepStrictEqual(everythingOf(engine, many, false), everythingOf(createEngine(whole, optionsFor(whole)), many, false));
      },
    );
    await assertOver(property, HISTORIES, `${HISTORIES} snapshots`);
  },
);
