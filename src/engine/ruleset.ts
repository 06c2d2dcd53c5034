import type { Change } from "../model/definition";
import type { Layer } from "../model/segment";
import type { Snapshot } from "../model/snapshot";
import { createFlagSlot, createSegmentSlot, type FlagSlot, type SegmentSlot } from "./slots";

/** The definitions, each in its slot. What is compiled from them is thrown away when they change, and made anew at first use. */
export class Ruleset {
  readonly flags = new Map<string, FlagSlot>();
  readonly segments = new Map<string, SegmentSlot>();
  readonly #layers = new Map<string, Layer>();
  readonly #layersOfFlag = new Map<string, Set<string>>();
  /** Grows with each change. */
  revision = 0;

  constructor(source: Pick<Snapshot, "flags" | "segments" | "layers">) {
    for (const layer of source.layers) this.#putLayer(layer.key, layer);
    for (const segment of source.segments) this.segment(segment.key).doc = segment;
    for (const flag of source.flags) this.flag(flag.key).doc = flag;
  }

  /** The slot of a flag, whether there is one or not yet. */
  flag(key: string): FlagSlot {
    let slot = this.flags.get(key);
    if (!slot) this.flags.set(key, (slot = createFlagSlot(key)));
    return slot;
  }

  segment(key: string): SegmentSlot {
    let slot = this.segments.get(key);
    if (!slot) this.segments.set(key, (slot = createSegmentSlot(key)));
    return slot;
  }

  /** The layers that allocate a share to the flag. */
  layersOf(flagKey: string): Layer[] {
    return [...(this.#layersOfFlag.get(flagKey) ?? [])].sort().map((key) => this.#layers.get(key) as Layer);
  }

  apply(change: Change): void {
    this.revision++;
    if (change.kind === "layer") this.#putLayer(change.key, change.doc);
    else if (change.kind === "segment") {
      const slot = this.segment(change.key);
      slot.doc = change.doc;
      slot.test = undefined;
      slot.call = 0;
    } else {
      const slot = this.flag(change.key);
      slot.doc = change.doc;
      reset(slot);
    }
  }

  #putLayer(key: string, layer: Layer | undefined): void {
    for (const { flagKey } of this.#layers.get(key)?.allocations ?? []) {
      this.#layersOfFlag.get(flagKey)?.delete(key);
      reset(this.flags.get(flagKey));
    }
    if (!layer) {
      this.#layers.delete(key);
      return;
    }
    this.#layers.set(key, layer);
    for (const { flagKey } of layer.allocations) {
      const layers = this.#layersOfFlag.get(flagKey) ?? new Set();
      this.#layersOfFlag.set(flagKey, layers.add(key));
      reset(this.flags.get(flagKey));
    }
  }
}

function reset(slot: FlagSlot | undefined): void {
  if (!slot) return;
  slot.core = undefined;
  slot.compiled = undefined;
  slot.warning = undefined;
  slot.fault = undefined;
  slot.call = 0;
  slot.uses.clear();
}
