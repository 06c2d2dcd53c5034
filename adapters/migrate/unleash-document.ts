import { boolean, fail, number, oneOf, type Schema } from "../../src/model/schema";
import { anyText, each, fields, maybe } from "./source-document";

export interface UnleashConstraint {
  readonly contextName: string;
  readonly operator: string;
  readonly values?: readonly string[];
  readonly value?: string;
  readonly inverted?: boolean;
  readonly caseInsensitive?: boolean;
}

export interface UnleashVariant {
  readonly name: string;
  readonly weight: number;
  readonly stickiness?: string;
  readonly payload?: { readonly type: string; readonly value: string };
  readonly overrides?: readonly { readonly contextName: string; readonly values: readonly string[] }[];
}

export interface UnleashStrategy {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly constraints?: readonly UnleashConstraint[];
  readonly segments?: readonly number[];
  readonly variants?: readonly UnleashVariant[];
}

export interface UnleashFeature {
  readonly name: string;
  readonly description?: string;
  readonly enabled: boolean;
  readonly strategies: readonly UnleashStrategy[];
  readonly variants?: readonly UnleashVariant[];
  readonly dependencies?: readonly {
    readonly feature: string;
    readonly enabled?: boolean;
    readonly variants?: readonly string[];
  }[];
}

export interface UnleashSegment {
  readonly id: number;
  readonly name?: string;
  readonly constraints?: readonly UnleashConstraint[];
}

interface UnleashEvent {
  readonly type: string;
  readonly features?: readonly UnleashFeature[];
  readonly segments?: readonly UnleashSegment[];
  readonly feature?: UnleashFeature;
  readonly featureName?: string;
  readonly segment?: UnleashSegment;
  readonly segmentId?: number;
}

/** The state that a document tells of. */
export interface UnleashState {
  readonly features: readonly UnleashFeature[];
  readonly segments: readonly UnleashSegment[];
}

/** Parameters and values that the API gives as text, and older servers as numbers. */
const scalar: Schema<string> = (value, at) =>
  typeof value === "number" || typeof value === "boolean" ? String(value) : anyText(value, at);

const constraint = fields<UnleashConstraint>({
  contextName: anyText,
  operator: anyText,
  values: maybe(each(scalar)),
  value: maybe(scalar),
  inverted: maybe(boolean),
  caseInsensitive: maybe(boolean),
});

const variant = fields<UnleashVariant>({
  name: anyText,
  weight: number({ min: 0, max: 1e6 }),
  stickiness: maybe(anyText),
  payload: maybe(fields<{ type: string; value: string }>({ type: anyText, value: scalar })),
  overrides: maybe(
    each(fields<{ contextName: string; values: readonly string[] }>({ contextName: anyText, values: each(scalar) })),
  ),
});

const parameters: Schema<Readonly<Record<string, string>>> = fields({
  groupId: maybe(scalar),
  hostNames: maybe(scalar),
  IPs: maybe(scalar),
  percentage: maybe(scalar),
  rollout: maybe(scalar),
  stickiness: maybe(scalar),
  userIds: maybe(scalar),
});

const strategy = fields<UnleashStrategy>({
  name: anyText,
  parameters: maybe(parameters),
  constraints: maybe(each(constraint)),
  segments: maybe(each(number())),
  variants: maybe(each(variant)),
});

const feature = fields<UnleashFeature>({
  name: anyText,
  description: maybe(anyText),
  enabled: boolean,
  strategies: each(strategy),
  variants: maybe(each(variant)),
  dependencies: maybe(
    each(
      fields<NonNullable<UnleashFeature["dependencies"]>[number]>({
        feature: anyText,
        enabled: maybe(boolean),
        variants: maybe(each(anyText)),
      }),
    ),
  ),
});

const segment = fields<UnleashSegment>({ id: number(), name: maybe(anyText), constraints: maybe(each(constraint)) });

const NEEDED = {
  hydration: "features",
  "feature-updated": "feature",
  "feature-removed": "featureName",
  "segment-updated": "segment",
  "segment-removed": "segmentId",
} as const;
const eventType = oneOf(Object.keys(NEEDED) as (keyof typeof NEEDED)[]);

const event: Schema<UnleashEvent> = (value, at) => {
  const read = fields<UnleashEvent>({
    type: eventType,
    features: maybe(each(feature)),
    segments: maybe(each(segment)),
    feature: maybe(feature),
    featureName: maybe(anyText),
    segment: maybe(segment),
    segmentId: maybe(number()),
  })(value, at);
  const needed = NEEDED[(read as UnleashEvent | undefined)?.type as keyof typeof NEEDED] as keyof UnleashEvent | undefined;
  return needed && read[needed] === undefined ? fail(at, `must have ${needed}`) : read;
};

interface UnleashDocument extends Partial<UnleashState> {
  readonly events?: readonly UnleashEvent[];
}

/** Reads the answer of `/api/client/features`, or of the delta API. */
export const unleashDocument: Schema<UnleashState> = (value, at) => {
  const read = fields<UnleashDocument>({
    features: maybe(each(feature)),
    segments: maybe(each(segment)),
    events: maybe(each(event)),
  })(value, at) as UnleashDocument | undefined;
  if (at.issues.length > 0) return fail(at, "cannot be imported");
  if (!read?.features && !read?.events) return fail(at, "must have features or events");
  return replay(read.events ?? [{ ...read, type: "hydration" }]);
};

/** The state after the last event; of several with the same name, the last one counts. */
function replay(events: readonly UnleashEvent[]): UnleashState {
  const features = new Map<string, UnleashFeature>();
  const segments = new Map<number, UnleashSegment>();
  for (const { type, ...of } of events) {
    if (type === "hydration") {
      features.clear();
      segments.clear();
    }
    for (const each of of.features ?? [of.feature]) if (each) features.set(each.name, each);
    for (const each of of.segments ?? [of.segment]) if (each) segments.set(each.id, each);
    if (type === "feature-removed") features.delete(of.featureName as string);
    if (type === "segment-removed") segments.delete(of.segmentId as number);
  }
  return { features: [...features.values()], segments: [...segments.values()] };
}
