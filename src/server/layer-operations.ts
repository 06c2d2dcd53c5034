import { type ValidationIssue, ValidationError } from "../errors";
import { parseLayer } from "../model/parse-layer";
import type { Layer } from "../model/segment";
import type { DatabaseTransaction } from "../ports/database-adapter";
import type { Settings } from "./config";
import { keyOf, type Mutate, type Written } from "./mutate";
import { applyPatch, assertUnchanged } from "./patch";
import type { FlagManager } from "./types";

type LayerOperations = Pick<
  FlagManager,
  "createExclusionLayer" | "getExclusionLayer" | "updateExclusionLayer" | "deleteExclusionLayer" | "listExclusionLayers"
>;

export function createLayerOperations({ db }: Settings, mutate: Mutate): LayerOperations {
  return {
    createExclusionLayer: async (input, options) =>
      mutate({
        action: "create_layer",
        key: keyOf(input),
        options,
        prepare() {
          const definition = parseLayer(input, { isNew: true });
          return (tx, at) => put(tx, null, { ...definition, version: 1, createdAt: at, updatedAt: at });
        },
      }),
    getExclusionLayer: (key) => db.layer(key),
    updateExclusionLayer: (key, patch, options) =>
      mutate({
        action: "update_layer",
        key,
        options,
        prepare: () => async (tx, at) => {
          const before = await lock(tx, key);
          assertUnchanged(patch, ["key"]);
          const { version, createdAt, updatedAt: _, ...definition } = before;
          const next = parseLayer(applyPatch(definition, patch, ["allocations"]), { isNew: false });
          return put(tx, before, { ...next, version: version + 1, createdAt, updatedAt: at });
        },
      }),
    deleteExclusionLayer: (key, options) =>
      mutate({
        action: "delete_layer",
        key,
        options,
        prepare: () => async (tx) => {
          const before = await lock(tx, key);
          await tx.deleteLayer(key);
          return {
            result: undefined,
            changed: [{ kind: "layer", key, deleted: true }],
            records: [{ flagKey: null, before, after: null }],
          };
        },
      }),
    listExclusionLayers: () => db.layers(),
  };
}

async function lock(tx: DatabaseTransaction, key: string): Promise<Layer> {
  const layer = await tx.lockLayer(key);
  if (!layer) throw new ValidationError([{ path: "key", message: `there is no layer "${key}"` }]);
  return layer;
}

async function put(tx: DatabaseTransaction, before: Layer | null, after: Layer): Promise<Written<Layer>> {
  await checkFlags(tx, before, after);
  await tx.putLayer(after, { isNew: before === null });
  return {
    result: after,
    changed: [{ kind: "layer", key: after.key, deleted: false }],
    records: [{ flagKey: null, before, after }],
  };
}

/** Locks every flag that newly has a share, so that none is deleted at the same time. */
async function checkFlags(tx: DatabaseTransaction, before: Layer | null, after: Layer): Promise<void> {
  const known = new Set(before?.allocations.map(({ flagKey }) => flagKey));
  const news = after.allocations.map(({ flagKey }) => flagKey).filter((flagKey) => !known.has(flagKey));
  for (const { key } of await tx.lockFlags(news)) known.add(key);
  const issues: ValidationIssue[] = [];
  for (const [i, { flagKey }] of after.allocations.entries())
    if (!known.has(flagKey)) issues.push({ path: `allocations[${i}].flagKey`, message: `there is no flag "${flagKey}"` });
  if (issues.length > 0) throw new ValidationError(issues);
}
