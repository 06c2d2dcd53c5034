import { createEngine } from "../../../src/engine/create-engine";
import type { Engine } from "../../../src/engine/types";
import type { Change } from "../../../src/model/definition";
import type { Snapshot } from "../../../src/model/snapshot";
import { contexts, flagOf, snapshotOf } from "../definitions";
import { createStopwatch } from "../stopwatch";
import { median } from "../statistics";
import { manyFlags } from "./workloads";

/** What one changed flag costs in a ruleset of many, in microseconds, and what loading that ruleset does. */
export interface OneChange {
  /** Applying the change, from its JSON, and evaluating the flag. */
  readonly applied: number;
  /** What the next evaluation of all flags takes longer for it. */
  readonly later: number;
  /** The next evaluation of all flags, without a change before it. */
  readonly all: number;
  /** From the JSON of the ruleset to the first evaluation of all flags. */
  readonly load: number;
}

const [, , flagCount, roundCount] = process.argv;
const definitions = manyFlags(Number(flagCount)).map(([key, kind]) => flagOf(kind, key));
const text = JSON.stringify(snapshotOf(definitions));
const context = contexts[0] as (typeof contexts)[0];
const REPEATS = 12;
const now = createStopwatch();

let changes = 0;
/** The flags in turn, each with another version of itself. */
function nextChange(): { readonly key: string; readonly json: string } {
  const seq = ++changes;
  const doc = { ...definitions[(seq * 7919) % definitions.length]!, version: seq + 1 };
  return { key: doc.key, json: JSON.stringify({ kind: "flag", key: doc.key, seq, doc }) };
}

function load(): Engine {
  const engine = createEngine(JSON.parse(text) as Snapshot, { now: Date.now });
  engine.evaluateAll(context);
  return engine;
}

function change(engine: Engine, { key, json }: ReturnType<typeof nextChange>): void {
  engine.apply([JSON.parse(json) as Change]);
  engine.evaluate(key, context);
}

function microseconds(work: () => unknown): number {
  const start = now();
  const kept = work();
  const taken = (now() - start) / 1000;
  if (kept === null) throw new Error("nothing was computed");
  return taken;
}

/** Changes, then evaluations of all flags by turns with a change before them and without one. */
function round(engine: Engine): OneChange {
  const made = Array.from({ length: 200 }, nextChange);
  const applied = microseconds(() => made.forEach((each) => change(engine, each))) / made.length;
  engine.evaluateAll(context);
  const differences: number[] = [];
  const without: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    // One with, two without, one with: whatever comes round by turns, as collections do, falls on both alike.
    const pattern = [true, false, false, true].map((isChanged) => evaluateAll(engine, isChanged));
    const [a, b, c, d] = pattern as [number, number, number, number];
    differences.push((a + d - b - c) / 2);
    without.push(b, c);
  }
  return { applied, all: median(without), later: median(differences), load: microseconds(load) };
}

function evaluateAll(engine: Engine, isChanged: boolean): number {
  if (isChanged) change(engine, nextChange());
  return microseconds(() => engine.evaluateAll(context));
}

const kept = load();
for (let i = 0; i < 3; i++) round(kept); // They warm up.
process.send?.(Array.from({ length: Number(roundCount) }, () => round(kept)));
