import { readFileSync } from "node:fs";
import { createEvaluator, type FlagContext, type Snapshot } from "rollease";
import { algorithms, type Imported } from "rollease/migrate";
import { describe, expect, test } from "vitest";

interface Expected {
  readonly value?: unknown;
  /** Whatever form the payload was given. */
  readonly valueIn?: readonly unknown[];
  readonly variant?: string | null;
  readonly variation?: string | number | null;
  readonly enabled?: boolean;
}

interface VectorCase {
  readonly group: string;
  readonly name: string;
  readonly doc: number;
  readonly key: string;
  readonly context: FlagContext;
  readonly now?: string;
  readonly defaultValue: unknown;
  readonly expect: Expected;
}

interface Vectors {
  readonly docs: readonly { readonly from: string; readonly doc: unknown; readonly options?: object }[];
  readonly cases: readonly VectorCase[];
}

export type Importer = (document: unknown, options?: never) => Imported;

/** The cases of a file in `test/vectors`, of one importer alone. */
export function readVectors(file: string, from: string): Vectors {
  const { docs, cases } = JSON.parse(readFileSync(new URL(`../../vectors/${file}.json`, import.meta.url), "utf8")) as Vectors;
  return { docs, cases: cases.filter(({ doc }) => docs[doc]?.from === from) };
}

/** One test a case: what was imported, written to JSON and read back, answers what the product did. */
export function testVectors(file: string, importer: Importer): void {
  const { docs, cases } = readVectors(file, importer.name);
  describe(`${file}.json`, () => {
    const made = new Map<number, Snapshot>();
    test.each(cases)("$group: $name", ({ doc, key, context, now, defaultValue, expect: expected }) => {
      const { doc: document, options } = docs[doc] as Vectors["docs"][number];
      const snapshot = made.get(doc) ?? (JSON.parse(JSON.stringify(importer(document, options as never).snapshot)) as Snapshot);
      made.set(doc, snapshot);
      const at = now === undefined ? {} : { now: new Date(now) };
      const { value, variant, enabled } = createEvaluator(snapshot, { algorithms }).evaluate(key, context, {
        defaultValue,
        ...at,
      });
      const { valueIn, variation, ...rest } = expected;
      const got = { value, variant, enabled };
      expect(got).toMatchObject(rest);
      if (valueIn) expect(valueIn).toContainEqual(value);
      if (variation !== undefined) expect(variant).toBe(variation === null ? null : String(variation));
    });
  });
}
