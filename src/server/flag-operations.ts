import { ValidationError } from "../errors";
import type { Flag } from "../model/flag";
import type { FlagWriter } from "./change-flag";
import { assertUnused } from "./check-references";
import { isRecord } from "../model/schema";
import { applyPatch, assertUnchanged } from "./patch";
import type { FlagManager } from "./types";

type FlagOperations = Pick<
  FlagManager,
  | "create"
  | "clone"
  | "addTags"
  | "removeTags"
  | "update"
  | "archive"
  | "kill"
  | "restore"
  | "delete"
  | "setLock"
  | "setRollout"
  | "setOverride"
  | "removeOverride"
>;

export function createFlagOperations(writer: FlagWriter): FlagOperations {
  return {
    create: (input, options) => writer.create(input, options),
    async clone(key, input, options) {
      if (!isRecord(input) || typeof input.key !== "string")
        throw new ValidationError([{ path: "key", message: "must be the key of the new flag" }]);
      return writer.clone({ action: "clone", key, options }, input.key, (flag) => ({
        ...applyPatch({ ...flag, status: "active" }, input, ["defaultValue"]),
        // Another flag's rules are other rules, to whose ids nobody's history may stick.
        rules: (input.rules ?? flag.rules).map(({ id: _, ...rule }) => rule),
      }));
    },
    addTags: (key, tags, options) =>
      writer.redefine({ action: "add_tags", key, options }, (flag) => ({
        ...flag,
        tags: [...new Set([...(flag.tags ?? []), ...listOf(tags)])],
      })),
    removeTags: (key, tags, options) =>
      writer.redefine({ action: "remove_tags", key, options }, (flag) => {
        const gone = new Set(listOf(tags));
        const kept = (flag.tags ?? []).filter((tag) => !gone.has(tag));
        return applyPatch(flag, { tags: kept.length > 0 ? kept : null });
      }),
    update: (key, patch, options) =>
      writer.redefine({ action: "update", key, options }, (flag) => {
        assertUnchanged(patch, ["key", "type"]);
        return applyPatch(flag, patch, ["defaultValue", "status"]);
      }),
    archive: (key, options) => writer.set({ action: "archive", key, options }, (flag) => ({ ...flag, status: "archived" })),
    kill: (key, options) =>
      writer.set({ action: "kill", key, options, evenLocked: options?.force === true }, (flag) => ({
        ...flag,
        status: "killed",
      })),
    restore: (key, options) => writer.set({ action: "restore", key, options }, (flag) => ({ ...flag, status: "active" })),
    async delete(key, options) {
      if ((options as { confirm?: unknown } | undefined)?.confirm !== key)
        throw new ValidationError([{ path: "confirm", message: `must be "${key}", the key of the flag` }]);
      await writer.remove({ action: "delete", key, options }, (tx) => assertUnused(tx, "flag", key));
    },
    setLock: (key, options) => {
      const { locked, reason } = options;
      if (typeof locked !== "boolean")
        return Promise.reject(new ValidationError([{ path: "locked", message: "must be true or false" }]));
      return writer.set({ action: locked ? "lock" : "unlock", key, options, evenLocked: true }, (flag) => {
        const { lockedReason: _, ...rest } = flag;
        return { ...rest, locked, ...(locked && reason !== undefined && { lockedReason: reason }) };
      });
    },
    setRollout: (key, rollout, options) =>
      writer.redefine({ action: "set_rollout", key, options }, (flag) => applyPatch(flag, { rollout })),
    setOverride: (flagKey, override, options) =>
      writer.redefine({ action: "set_override", key: flagKey, options }, (flag) => ({
        ...flag,
        overrides: isRecord(override) ? [...otherOverrides(flag, override), override] : [override],
      })),
    removeOverride: (flagKey, override, options) =>
      writer.redefine({ action: "remove_override", key: flagKey, options }, (flag) => {
        const overrides = otherOverrides(flag, override);
        return applyPatch(flag, { overrides: overrides.length > 0 ? overrides : null });
      }),
  };
}

function otherOverrides(
  flag: Flag,
  { scope, id }: { readonly scope: string; readonly id: string },
): NonNullable<Flag["overrides"]> {
  return (flag.overrides ?? []).filter((one) => one.scope !== scope || one.id !== id);
}

function listOf(tags: unknown): readonly string[] {
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return tags;
  throw new ValidationError([{ path: "tags", message: "must be a list of texts" }]);
}
