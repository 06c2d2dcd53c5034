import { ValidationError } from "../../src/errors";
import type { Condition, Dimension } from "../../src/model/condition";
import { conditionNodes } from "../../src/model/condition-walk";
import type { Flag, Override } from "../../src/model/flag";
import type { JsonValue } from "../../src/model/json";
import type { Segment } from "../../src/model/segment";
import type { SdkKeyRow } from "../../src/ports/database-adapter";
import { DIGESTS } from "../../src/protocol/digests";
import { mentionsHashed } from "../../src/server/hashed/digestible";
import { INTERNAL, type RolleaseCore } from "../../src/server/types";
import { audienceOf } from "../audiences/audience";
import { createProjector } from "../audiences/project";

/** What whoever holds a key can read out of what it is sent: for a client key, everybody who opens the page. */
export interface Exposure {
  readonly key: Pick<SdkKeyRow, "id" | "name" | "kind" | "environment" | "origins" | "expiresAt" | "revokedAt">;
  readonly flags: readonly ExposedFlag[];
  readonly segments: readonly string[];
  readonly layers: readonly string[];
  /** What conditions look at, by name. */
  readonly attributes: readonly ExposedAttribute[];
  /** Whom overrides are for: as ids, or, where ids are digests, how many there are. */
  readonly overrides: { readonly plain: readonly Pick<Override, "scope" | "id">[]; readonly digested: number };
}

export interface ExposedFlag {
  readonly key: string;
  /** `whole`: it can be asked for; `prerequisite`: no more than another flag needs of it. */
  readonly as: "whole" | "prerequisite";
  readonly status: Flag["status"];
}

export interface ExposedAttribute {
  readonly name: string;
  /** What it is compared with, readable by anybody. */
  readonly plain: readonly JsonValue[];
  /** With how many values it is compared that are digests. */
  readonly digested: number;
  /** The flags and segments that do so. */
  readonly askedBy: readonly string[];
}

/**
 * Says what a key reveals now, by looking at what it would be sent. Of one that holds no more: what it revealed if it did.
 *
 * @throws ValidationError where there is no key of that id.
 */
export async function exposureOf(rl: RolleaseCore, keyId: string): Promise<Exposure> {
  const { feed, environment, hashedAttributes } = rl[INTERNAL];
  await rl.ready();
  await feed.refresh();
  const row = feed.sdkKeys().get(keyId);
  const epoch = feed.position()?.epoch;
  if (!row || epoch === undefined) throw new ValidationError([{ path: "id", message: `there is no SDK key "${keyId}"` }]);

  const audience = audienceOf(row, environment, hashedAttributes);
  const changes = [...createProjector(audience, epoch)(feed.since(-1)).values()];
  const keysOf = (kind: "segment" | "layer"): string[] => changes.filter((each) => each.kind === kind).map(({ key }) => key);
  const flags = changes.flatMap(({ kind, doc }) => (kind === "flag" ? [doc] : []));
  const overrides = flags.flatMap((flag) => flag.overrides ?? []);
  return {
    key: {
      id: row.id,
      name: row.name,
      kind: row.kind,
      ...(audience.environment !== undefined && { environment: audience.environment }),
      ...(row.origins && { origins: row.origins }),
      ...(row.expiresAt !== undefined && { expiresAt: row.expiresAt }),
      ...(row.revokedAt !== undefined && { revokedAt: row.revokedAt }),
    },
    flags: flags
      .map(({ key, status, clientVisible }) => ({
        key,
        as: clientVisible === false ? ("prerequisite" as const) : ("whole" as const),
        status,
      }))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
    segments: keysOf("segment").sort(),
    layers: keysOf("layer").sort(),
    attributes: attributesOf(changes.flatMap((each) => (each.kind === "layer" ? [] : [each]))),
    overrides: {
      plain: overrides.filter((each) => !isDigested(each)).map(({ scope, id }) => ({ scope, id })),
      digested: overrides.filter(isDigested).length,
    },
  };
}

function isDigested({ scope }: Override): boolean {
  return mentionsHashed(scope, [DIGESTS]);
}

interface Collected {
  readonly plain: Map<string, JsonValue>;
  readonly digests: Set<string>;
  readonly askedBy: Set<string>;
}

function attributesOf(
  definitions: readonly { readonly kind: string; readonly key: string; readonly doc: Flag | Segment }[],
): ExposedAttribute[] {
  const found = new Map<string, Collected>();
  for (const { kind, key, doc } of definitions) {
    for (const { node } of conditionNodes(doc)) {
      const name = nameOf(node);
      if (name === undefined) continue;
      const entry = found.get(name) ?? { plain: new Map(), digests: new Set(), askedBy: new Set() };
      found.set(name, entry);
      entry.askedBy.add(`${kind} ${key}`);
      for (const value of comparandsOf(node)) {
        if (isDigestOf(node)) entry.digests.add(value as string);
        else entry.plain.set(JSON.stringify(value), value);
      }
    }
  }
  return [...found]
    .map(([name, { plain, digests, askedBy }]) => ({
      name,
      plain: [...plain.values()],
      digested: digests.size,
      askedBy: [...askedBy].sort(),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isDigestOf(node: Condition): boolean {
  return typeof node === "object" && "dimension" in node && Array.isArray(node.dimension) && node.dimension[0] === DIGESTS;
}

/** The attribute that a condition looks at, if it looks at one itself. */
function nameOf(node: Condition): string | undefined {
  if (typeof node !== "object") return undefined;
  if ("bucket" in node) return textOf(node.bucket.unit);
  if (!("dimension" in node)) return undefined;
  return isDigestOf(node) ? (node.dimension as readonly string[]).slice(1).join(".") : textOf(node.dimension);
}

function textOf(dimension: Dimension): string {
  if (typeof dimension === "string") return dimension;
  return "first" in dimension ? dimension.first.map(textOf).join(" or ") : dimension.join(".");
}

/** What a comparison names, other than another attribute. */
function comparandsOf(node: Condition): readonly JsonValue[] {
  if (typeof node !== "object" || !("op" in node)) return [];
  const { op, value } = node;
  if (value === undefined || op === "exists") return [];
  if (typeof value === "object" && value !== null && "ref" in value) return [];
  return [value].flat();
}
