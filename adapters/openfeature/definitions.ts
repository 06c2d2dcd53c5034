import type { Flag } from "../../src/model/flag";
import { type Reference, referencesOf } from "../../src/model/references";
import type { Layer, Segment } from "../../src/model/segment";
import type { Snapshot } from "../../src/model/snapshot";
import type { FlagChangeEvent, FlagManager } from "../../src/server/types";

/** The definitions that a server evaluates on, as of one position of its feed. */
export interface Definitions {
  readonly checkpoint: string;
  readonly flags: ReadonlyMap<string, Flag>;
  readonly segments: readonly Segment[];
  readonly layers: ReadonlyMap<string, Layer>;
}

export interface DefinitionsKeeper {
  /** Those of now. @throws what keeps the server from having any */
  current(): Promise<Definitions>;
  /** Those that were asked for last, if any were. */
  held(): Definitions | undefined;
  /** They have changed. */
  invalidate(): void;
}

/** Takes a snapshot once for each state of the feed that anybody asks for. */
export function keepDefinitions(flags: Pick<FlagManager, "snapshot">): DefinitionsKeeper {
  let held: Definitions | undefined;
  let taking: Promise<Definitions> | undefined;

  async function take(): Promise<Definitions> {
    return (held = index(await flags.snapshot()));
  }

  return {
    async current() {
      const asked = (taking ??= take());
      try {
        return await asked;
      } catch (error) {
        if (taking === asked) taking = undefined;
        throw error;
      }
    },
    held: () => held,
    invalidate: () => void (taking = undefined),
  };
}

function index({ checkpoint, flags, segments, layers }: Snapshot): Definitions {
  return {
    checkpoint,
    flags: new Map(flags.map((flag) => [flag.key, flag])),
    segments,
    layers: new Map(layers.map((layer) => [layer.key, layer])),
  };
}

/** What a definition names; a definition that changes is another object. */
const known = new WeakMap<object, readonly Reference[]>();

/**
 * The flags that may be other than before: those that were changed, and those that need what was changed, if through others,
 * by what they were before or what they are now.
 */
export function flagsAffected(changes: FlagChangeEvent["changes"], states: readonly Definitions[]): string[] {
  const reached = new Set(changes.map(({ kind, key }) => `${kind}:${key}`));
  for (const { kind, key } of changes)
    if (kind === "layer")
      for (const { layers } of states) layers.get(key)?.allocations.forEach(({ flagKey }) => reached.add(`flag:${flagKey}`));
  const needs = states.flatMap(({ flags, segments }) => [
    ...[...flags.values()].map((flag) => [`flag:${flag.key}`, namesIn(flag)] as const),
    ...segments.map((segment) => [`segment:${segment.key}`, namesIn(segment)] as const),
  ]);
  for (let before = 0; before < reached.size;) {
    before = reached.size;
    for (const [name, needed] of needs) if (needed.some(({ kind, key }) => reached.has(`${kind}:${key}`))) reached.add(name);
  }
  return [...reached].filter((name) => name.startsWith("flag:")).map((name) => name.slice("flag:".length));
}

function namesIn(definition: Flag | Segment): readonly Reference[] {
  let names = known.get(definition);
  if (!names) known.set(definition, (names = referencesOf(definition)));
  return names;
}
