import type { Flag, Rule, Variant } from "../../src/model/flag";
import type { Layer, Segment } from "../../src/model/segment";
import { digestCondition, digestFlagConditions, type Digest } from "../../src/server/hashed/digest-conditions";
import { digestOverride } from "./digester";

/** How definitions are cut for an audience. */
export interface Cut {
  readonly environment: string | undefined;
  readonly hashed: readonly string[];
  /** Absent for audiences that may know what definitions compare contexts with. */
  readonly digest?: Digest;
}

/** A flag without what is of other environments. */
function confineFlag(flag: Flag, { environment }: Cut): Flag {
  if (environment === undefined) return flag;
  const { environmentDefaults, environments, overrides, ...rest } = flag;
  const own =
    environmentDefaults && Object.hasOwn(environmentDefaults, environment) ? environmentDefaults[environment] : undefined;
  return {
    ...rest,
    ...(own !== undefined && { environmentDefaults: { [environment]: own } }),
    ...(environments && { environments: environments.filter((each) => each === environment) }),
    ...(overrides && { overrides: overrides.filter(({ scope, id }) => scope !== "environment" || id === environment) }),
  };
}

/** A visible flag, in an audience that may see everything of it. `clientVisible: false` would keep replicas from listing it. */
export function openFlag(flag: Flag, cut: Cut): Flag {
  const { clientVisible, ...rest } = confineFlag(flag, cut);
  void clientVisible;
  return rest;
}

/** A visible flag without what evaluation never reads and only its authors should, and with digests of what names people. */
export function stripFlag(flag: Flag, cut: Cut): Flag {
  const { description, owner, tags, lockedReason, overrides, ...rest } = confineFlag(flag, cut);
  void [description, owner, tags, lockedReason];
  const { digest } = cut;
  const stripped: Flag = {
    ...rest,
    rules: flag.rules.filter(({ enabled }) => enabled !== false).map(stripRule),
    ...(overrides && { overrides: digest ? overrides.map((each) => digestOverride(each, digest)) : overrides }),
  };
  return digest && cut.hashed.length > 0 ? digestFlagConditions(stripped, cut.hashed, digest) : stripped;
}

/**
 * A flag that an audience may not see and needs as a prerequisite: the minimum that evaluation reads. It has
 * `clientVisible: false`, so that replicas do not list it.
 */
export function minimalFlag(flag: Flag, cut: Cut): Flag {
  const { name, namespace, permanent, locked, ...rest } = stripFlag(flag, cut);
  void [name, namespace, permanent, locked];
  return { ...rest, clientVisible: false, ...(rest.variants && { variants: rest.variants.map(stripVariant) }) };
}

export function stripSegment(segment: Segment, { hashed, digest }: Cut): Segment {
  const { name, description, ...rest } = segment;
  void [name, description];
  return digest && hashed.length > 0 ? { ...rest, rules: digestCondition(rest.rules, hashed, digest) } : rest;
}

/** A layer with the shares of those flags alone that `keeps` names. */
export function confineLayer(layer: Layer, keeps: (flagKey: string) => boolean): Layer {
  return { ...layer, allocations: layer.allocations.filter(({ flagKey }) => keeps(flagKey)) };
}

export function stripLayer({ name, ...layer }: Layer): Layer {
  void name;
  return layer;
}

function stripRule({ name, ...rule }: Rule): Rule {
  void name;
  return rule;
}

function stripVariant({ name, ...variant }: Variant): Variant {
  void name;
  return variant;
}
