import type { JsonValue } from "../../src/model/json";
import { boolean, json, number, type Schema } from "../../src/model/schema";
import { anyText, byName, each, fields, maybe } from "./source-document";

/** What a clause compares with. Nothing else is ever equal to anything there. */
export type Scalar = string | number | boolean | null;

export interface Clause {
  readonly op: string;
  readonly attribute?: string;
  readonly contextKind?: string;
  readonly values?: readonly Scalar[];
  readonly negate?: boolean;
}

export interface Rollout {
  readonly kind?: string;
  readonly contextKind?: string;
  readonly bucketBy?: string;
  readonly seed?: number;
  readonly variations?: readonly { readonly variation: number; readonly weight: number }[];
}

export interface VariationOrRollout {
  readonly variation?: number;
  readonly rollout?: Rollout;
}

export interface LaunchDarklyRule extends VariationOrRollout {
  readonly id?: string;
  readonly description?: string;
  readonly clauses?: readonly Clause[];
}

export interface Target {
  readonly contextKind?: string;
  readonly variation?: number;
  readonly values?: readonly string[];
}

export interface LaunchDarklyFlag {
  readonly key?: string;
  readonly on?: boolean;
  readonly deleted?: boolean;
  readonly salt?: string;
  readonly variations?: readonly JsonValue[];
  readonly offVariation?: number;
  readonly fallthrough?: VariationOrRollout;
  readonly targets?: readonly Target[];
  readonly contextTargets?: readonly Target[];
  readonly rules?: readonly LaunchDarklyRule[];
  readonly prerequisites?: readonly { readonly key: string; readonly variation?: number }[];
  readonly clientSide?: boolean;
  readonly clientSideAvailability?: { readonly usingEnvironmentId?: boolean };
}

export interface SegmentRule {
  readonly clauses?: readonly Clause[];
  readonly weight?: number;
  readonly bucketBy?: string;
  readonly rolloutContextKind?: string;
}

export interface LaunchDarklySegment {
  readonly key?: string;
  readonly deleted?: boolean;
  readonly salt?: string;
  readonly included?: readonly string[];
  readonly excluded?: readonly string[];
  readonly includedContexts?: readonly Target[];
  readonly excludedContexts?: readonly Target[];
  readonly rules?: readonly SegmentRule[];
  readonly unbounded?: boolean;
  readonly unboundedContextKind?: string;
  readonly generation?: number;
}

export interface LaunchDarklyDocument {
  readonly flags: readonly (readonly [key: string, LaunchDarklyFlag])[];
  readonly segments?: readonly (readonly [key: string, LaunchDarklySegment])[];
}

/** Objects and lists equal nothing there, and so are as good as left out. */
const scalars: Schema<readonly Scalar[]> = (value, at) =>
  each<unknown>((one) => one)(value, at)?.filter(
    (one): one is Scalar => one === null || typeof one === "string" || typeof one === "boolean" || Number.isFinite(one),
  );

const clause = fields<Clause>({
  op: anyText,
  attribute: maybe(anyText),
  contextKind: maybe(anyText),
  values: maybe(scalars),
  negate: maybe(boolean),
});

const rollout = fields<Rollout>({
  kind: maybe(anyText),
  contextKind: maybe(anyText),
  bucketBy: maybe(anyText),
  seed: maybe(number()),
  variations: maybe(each(fields<{ variation: number; weight: number }>({ variation: number(), weight: number() }))),
});

const target = fields<Target>({ contextKind: maybe(anyText), variation: maybe(number()), values: maybe(each(anyText)) });

const rule = fields<LaunchDarklyRule>({
  id: maybe(anyText),
  description: maybe(anyText),
  clauses: maybe(each(clause)),
  variation: maybe(number()),
  rollout: maybe(rollout),
});

const flag = fields<LaunchDarklyFlag>({
  key: maybe(anyText),
  on: maybe(boolean),
  deleted: maybe(boolean),
  salt: maybe(anyText),
  variations: maybe(each(json)),
  offVariation: maybe(number()),
  fallthrough: maybe(fields<VariationOrRollout>({ variation: maybe(number()), rollout: maybe(rollout) })),
  targets: maybe(each(target)),
  contextTargets: maybe(each(target)),
  rules: maybe(each(rule)),
  prerequisites: maybe(each(fields<{ key: string; variation?: number }>({ key: anyText, variation: maybe(number()) }))),
  clientSide: maybe(boolean),
  clientSideAvailability: maybe(fields<{ usingEnvironmentId?: boolean }>({ usingEnvironmentId: maybe(boolean) })),
});

const segment = fields<LaunchDarklySegment>({
  key: maybe(anyText),
  deleted: maybe(boolean),
  salt: maybe(anyText),
  included: maybe(each(anyText)),
  excluded: maybe(each(anyText)),
  includedContexts: maybe(each(target)),
  excludedContexts: maybe(each(target)),
  rules: maybe(
    each(
      fields<SegmentRule>({
        clauses: maybe(each(clause)),
        weight: maybe(number()),
        bucketBy: maybe(anyText),
        rolloutContextKind: maybe(anyText),
      }),
    ),
  ),
  unbounded: maybe(boolean),
  unboundedContextKind: maybe(anyText),
  generation: maybe(number()),
});

/** Reads what the streaming and polling API give to SDKs. */
export const launchDarklyDocument: Schema<LaunchDarklyDocument> = fields<LaunchDarklyDocument>({
  flags: byName(flag),
  segments: maybe(byName(segment)),
});
