import type { FlagContext } from "../../../src/model/context";
import { contexts, KINDS, mixed, type Kind } from "../definitions";
import { floorOf } from "../floor";
import { KEYS, type Ready } from "./workloads";

/** With so many units, `TOLERANCE` is four times what a share is usually off by. */
const UNITS = 20_000;
const TOLERANCE = 0.014;

/** Contexts that the rules tell apart, and what the flag of rules answers to them. */
const CASES: readonly (readonly [FlagContext, boolean])[] = [
  [{ userId: "a", userType: "standard", region: "EU", attributes: { plan: "enterprise", age: 20 } }, true],
  [{ userId: "b", userType: "internal", region: "US", attributes: { plan: "pro", age: 90 } }, true],
  [{ userId: "c", userType: "beta", region: "US", attributes: { plan: "free", age: 95 } }, true],
  [{ userId: "d", userType: "beta", region: "US", attributes: { plan: "free", age: 89 } }, false],
  [{ userId: "e", userType: "standard", region: "US", attributes: { plan: "pro", age: 95 } }, false],
  [{ userId: "f", userType: "standard", region: "US", attributes: { plan: "enterprise", age: 20 } }, false],
  [{ userId: "g", userType: "standard", region: "EU", attributes: { plan: "free", age: 20 } }, false],
];

const SHARES = {
  rollout: new Map<unknown, number>([
    [true, 0.5],
    [false, 0.5],
  ]),
  split: new Map<unknown, number>([
    ["control", 0.5],
    ["blue", 0.3],
    ["green", 0.2],
  ]),
};

/**
 * Holds a contestant's answers against the right ones. Where hashes decide, each product has its own, so that its shares
 * have to be right, and the same unit has to get the same answer.
 *
 * @throws Error for the first wrong answer.
 */
export async function checkAnswers(ready: Ready): Promise<void> {
  for (const context of contexts) {
    await expect(ready, "static", context, true);
    await expect(ready, "rules", context, true);
  }
  for (const [context, holds] of CASES) {
    await expect(ready, "static", context, true);
    await expect(ready, "rules", context, holds);
  }
  // Of the rollout's two rules, the first lets everybody in.
  for (let i = 0; i < 100; i++)
    await expect(ready, "rollout", { userId: `member-${i}`, region: "EU", attributes: { plan: "enterprise" } }, true);
  await checkShares(ready, "rollout");
  await checkShares(ready, "split");
  await checkAll(ready);
  if (ready.contestant.isNative) await checkResults(ready);
}

async function ask({ contestant, single }: Ready, kind: Kind, context: FlagContext): Promise<unknown> {
  return contestant.valueOf(await single.ask(KEYS[kind], kind)(contestant.translate(context)));
}

async function expect(ready: Ready, kind: Kind, context: FlagContext, expected: boolean): Promise<void> {
  const value = await ask(ready, kind, context);
  if (value !== expected) throw new Error(`${kind}: ${String(value)} for ${JSON.stringify(context)}, not ${expected}`);
}

async function checkShares(ready: Ready, kind: "rollout" | "split"): Promise<void> {
  const counts = new Map<unknown, number>();
  for (let i = 0; i < UNITS; i++) {
    const context = { ...contexts[i % contexts.length], userId: `unit-${i}` };
    const value = await ask(ready, kind, context);
    if (value !== (await ask(ready, kind, context))) throw new Error(`${kind}: two answers for ${context.userId}`);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  for (const [value, count] of counts) {
    const off = Math.abs(count / UNITS - (SHARES[kind].get(value) ?? Infinity));
    if (!(off <= TOLERANCE)) throw new Error(`${kind}: ${String(value)} for ${count} of ${UNITS} units`);
  }
  if (counts.size !== SHARES[kind].size) throw new Error(`${kind}: ${counts.size} different answers`);
}

/** Every flag is there, and answers what it does when it is asked for by itself. */
async function checkAll({ contestant, thousand, contexts: own }: Ready): Promise<void> {
  for (const context of own.slice(0, 16)) {
    const values = contestant.valuesOf(await thousand.askAll(context));
    if (Object.keys(values).length !== mixed.length) throw new Error(`all: ${Object.keys(values).length} flags`);
    for (const [key, kind] of mixed) {
      const alone = contestant.valueOf(await thousand.ask(key, kind)(context));
      const isRight = values[key] === alone && (alone === true || kind === "rollout" || kind === "split");
      if (!isRight) throw new Error(`all: ${String(values[key])} for ${key}, by itself ${String(alone)}`);
    }
  }
}

/** Whole results, against those written out by hand. */
async function checkResults({ single }: Ready): Promise<void> {
  for (const kind of KINDS) {
    const byHand = floorOf(kind, KEYS[kind]);
    for (const context of [...contexts, ...CASES.map(([each]) => each)]) {
      const [result, expected] = [JSON.stringify(await single.ask(KEYS[kind], kind)(context)), JSON.stringify(byHand(context))];
      if (result !== expected) throw new Error(`${kind}: ${result}, by hand ${expected}`);
    }
  }
}
