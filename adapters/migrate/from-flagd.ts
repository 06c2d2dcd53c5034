import { ValidationError } from "../../src/errors";
import type { Condition } from "../../src/model/condition";
import type { Outcome, Rule } from "../../src/model/flag";
import { isUsableKey } from "../../src/model/limits";
import { readWith } from "../../src/model/schema";
import { type FlagdDocument, flagdDocument, type FlagdFlag, type Logic } from "./flagd-document";
import type { FractionalVersion } from "./flagd-fractional";
import { resolveReferences } from "./flagd-references";
import { type Served, toRules } from "./flagd-rules";
import { finishImport, type Imported, type ImportedFlag, type ImportWarning } from "./imported";
import { typeOfValues } from "./type-of-values";

export interface FromFlagdOptions {
  /**
   * How `fractional` divides: as flagd first did (`v1`), in whole numbers over text (`v2`), or over canonical CBOR (`v3`).
   *
   * @defaultValue "v2"
   */
  readonly fractional?: FractionalVersion;
}

const VERSIONS: readonly unknown[] = ["v1", "v2", "v3"];
/** What flagd gives where it gives no variant: the caller's default. */
const NOTHING: Outcome = { enabled: false };

/**
 * Imports flagd's flag definitions, `{flags, $evaluators?}`. In contexts, a `targetingKey` that is text is `userId`, and
 * everything else stands in `attributes`.
 *
 * @throws ValidationError for what is no such document, or no such option.
 */
export function fromFlagd(document: unknown, { fractional = "v2" }: FromFlagdOptions = {}): Imported {
  if (!VERSIONS.includes(fractional))
    throw new ValidationError([{ path: "fractional", message: `must be one of ${VERSIONS.join(", ")}` }]);
  const source = readWith(flagdDocument, document);
  const evaluators = new Map(source.$evaluators);
  const warnings: ImportWarning[] = [];
  const flags = source.flags.map(([key, flag]): ImportedFlag => {
    const warned = new Set<string>();
    const warn = (message: string): void => {
      if (warned.size < warned.add(message).size) warnings.push({ flagKey: key, message });
    };
    const logic = flag.targeting === undefined ? {} : resolveReferences(flag.targeting, evaluators);
    if (logic === undefined) warn("the targeting rule cannot be read, by flagd either; it answers the caller's default");
    const merged = { ...flag, metadata: { ...source.metadata, ...flag.metadata } };
    return toFlag(key, merged, logic, fractional, warn);
  });
  return finishImport("flagd", flags, [], warnings);
}

type Read = FlagdDocument["flags"][number][1];

function toFlag(
  key: string,
  flag: Read,
  logic: Logic | undefined,
  fractional: FractionalVersion,
  warn: (message: string) => void,
): ImportedFlag {
  const { state, variants, defaultVariant, metadata = {} } = flag;
  const toOutcome = createOutcomes(flag);
  const giveUp = (operation: string): Condition => {
    warn(`what "${operation}" is asked here cannot be said in conditions; where it counts, the caller's default is answered`);
    return { error: `"${operation}" cannot be carried over` };
  };
  const names = variants.map(([name]) => name);
  const scope = { flagKey: key, isCompiled: true, fractional, variants: names, toOutcome, giveUp };
  const isRule = logic !== undefined && Object.keys(logic as object).length > 0;
  const served = isRule ? withoutRest(toRules(logic, true, scope)) : [];
  const last = served.at(-1);
  const hasRest = last?.when === true && last.outcome !== undefined;
  const tags = Object.entries(metadata)
    .map(([name, value]) => `${name}=${value}`)
    .filter((tag) => tag.length <= 256);
  return {
    key,
    type: typeOfValues(variants.map(([, value]) => value)),
    status: state === "ENABLED" ? "active" : "killed",
    ...(tags.length > 0 && { tags }),
    variants: variants.filter(([name]) => isUsableKey(name)).map(([name, value]) => ({ key: name, value, weight: 1 })),
    off: NOTHING,
    fallthrough: logic === undefined ? NOTHING : hasRest ? last.outcome : toOutcome(defaultVariant || null),
    rules: (hasRest ? served.slice(0, -1) : served).map(toRule),
  };
}

/** The variant of a name; without one, the flag's default variant. There may be none of that name, and none at all. */
function createOutcomes({ variants, defaultVariant }: FlagdFlag): (name: string | null) => Outcome {
  return (name) => {
    const wanted = name ?? (defaultVariant || null);
    const found = variants.find(([each]) => each === wanted);
    if (!found) return NOTHING;
    return isUsableKey(found[0]) ? { variant: found[0] } : { value: found[1] };
  };
}

/** Everybody gets something of a rule for everybody: what comes after it is for nobody. */
function withoutRest(served: readonly Served[]): readonly Served[] {
  const end = served.findIndex(({ when, outcome }) => when === true && outcome);
  return end < 0 ? served : served.slice(0, end + 1);
}

function toRule({ when, outcome, split }: Served, priority: number): Rule {
  return { id: `rule-${priority + 1}`, priority, conditions: when, ...(outcome && { outcome }), ...(split && { split }) };
}
