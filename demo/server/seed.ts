import type { FlagInput, FlagManager, SegmentInput } from "rollease";

const DAY_MS = 24 * 60 * 60 * 1000;

const segments: readonly SegmentInput[] = [
  {
    key: "beta-testers",
    name: "Beta testers and club members",
    rules: {
      any: [
        { dimension: "beta", op: "eq", value: true },
        { dimension: "plan", op: "eq", value: "club" },
      ],
    },
  },
];

const flags = (now: number): readonly FlagInput[] => [
  {
    key: "new-checkout",
    type: "boolean",
    description: "One-tap checkout, for half of the visitors",
    defaultValue: false,
    rollout: { percentage: 50, sticky: true, hashKey: "userId" },
  },
  {
    key: "pricing-experiment",
    type: "multivariate",
    description: "How a price is put",
    defaultValue: "standard",
    rollout: { percentage: 100, sticky: true },
    variants: [
      { key: "control", name: "As ever", value: "standard", weight: 34 },
      { key: "treatment_a", name: "By the cup", value: "per-cup", weight: 33 },
      { key: "treatment_b", name: "Subscribe", value: "subscribe", weight: 33 },
    ],
  },
  {
    key: "theme",
    type: "string",
    description: "The accent of the season",
    defaultValue: "ember",
    rules: [
      {
        name: "Nordic visitors",
        conditions: { all: [{ dimension: "country", op: "in", value: ["NO", "SE", "DK", "FI"] }] },
        value: "tide",
      },
    ],
  },
  { key: "max-items", type: "number", description: "Coffees on the front page", defaultValue: 6 },
  {
    key: "banner",
    type: "json",
    description: "The line above everything",
    defaultValue: { text: "Free shipping on three bags or more", tone: "calm" },
  },
  {
    key: "vip-perks",
    type: "boolean",
    description: "Early lots and free tastings",
    defaultValue: false,
    rules: [{ name: "Beta testers and club members", conditions: { segment: "beta-testers" }, value: true }],
  },
  {
    key: "spring-promo",
    type: "boolean",
    description: "The spring harvest, on its dates",
    defaultValue: false,
    rollout: { percentage: 100 },
    scheduledAt: new Date(now + 14 * DAY_MS),
    expiresAt: new Date(now + 44 * DAY_MS),
  },
  {
    key: "gift-wrap",
    type: "boolean",
    description: "Gift wrapping, which only the new checkout can do",
    defaultValue: true,
    prerequisites: [{ flagKey: "new-checkout", value: true }],
  },
  { key: "chat-widget", type: "boolean", description: "Ask a roaster", defaultValue: true, permanent: true },
];

/** Adds the definitions that are not there yet, so that a first start that was cut short is finished by the next. */
export async function seed(manager: FlagManager): Promise<void> {
  const known = new Set((await manager.list()).flags.map(({ key }) => key));
  const knownSegments = new Set((await manager.listSegments()).map(({ key }) => key));
  for (const segment of segments) if (!knownSegments.has(segment.key)) await manager.createSegment(segment);
  for (const flag of flags(Date.now())) if (!known.has(flag.key)) await manager.create(flag);
}
