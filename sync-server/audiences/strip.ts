import type { Flag, Rule, Variant } from "../../src/model/flag";
import type { Layer, Segment } from "../../src/model/segment";

/** A visible flag without what evaluation never reads and only its authors should. */
export function stripFlag(flag: Flag, environment: string | undefined): Flag {
  const { description, owner, tags, lockedReason, environmentDefaults, ...rest } = flag;
  void [description, owner, tags, lockedReason];
  return { ...rest, rules: flag.rules.map(stripRule), ...defaultsOf(environmentDefaults, environment) };
}

/**
 * A flag that a client may not see and needs as a prerequisite: the minimum that evaluation reads. It keeps
 * `clientVisible: false`, so that replicas do not list it.
 */
export function minimalFlag(flag: Flag, environment: string | undefined): Flag {
  const { name, namespace, permanent, locked, ...rest } = stripFlag(flag, environment);
  void [name, namespace, permanent, locked];
  return { ...rest, clientVisible: false, ...(rest.variants && { variants: rest.variants.map(stripVariant) }) };
}

export function stripSegment(segment: Segment): Segment {
  const { name, description, ...rest } = segment;
  void [name, description];
  return rest;
}

/** A layer with the shares of those flags alone that `keeps` names. */
export function stripLayer(layer: Layer, keeps: (flagKey: string) => boolean): Layer {
  const { name, ...rest } = layer;
  void name;
  return { ...rest, allocations: layer.allocations.filter(({ flagKey }) => keeps(flagKey)) };
}

function stripRule({ name, ...rule }: Rule): Rule {
  void name;
  return rule;
}

function stripVariant({ name, ...variant }: Variant): Variant {
  void name;
  return variant;
}

function defaultsOf(defaults: Flag["environmentDefaults"], environment: string | undefined): Pick<Flag, "environmentDefaults"> {
  if (!defaults) return {};
  if (environment === undefined) return { environmentDefaults: defaults };
  const own = Object.hasOwn(defaults, environment) ? defaults[environment] : undefined;
  return own === undefined ? {} : { environmentDefaults: { [environment]: own } };
}
