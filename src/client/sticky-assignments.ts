import type { AssignmentSource } from "../engine/types";
import type { StoredAssignment } from "../ports/local-store";

export interface StickyAssignments extends AssignmentSource {
  /** Takes assignments known elsewhere in place of its own; answers whether that changed any. */
  adopt(assignments: Iterable<StoredAssignment>): boolean;
  /** Reads what the store holds of these units; until then, what evaluations assign them is provisional. */
  load(units: readonly string[]): Promise<boolean>;
}

export interface StickyAssignmentsOptions {
  readonly read: (units: readonly string[]) => Promise<readonly StoredAssignment[]>;
  /** New assignments, made here, to be kept and sent. */
  readonly onAssigned: (assignments: readonly StoredAssignment[]) => void;
}

/** Assignments in memory, so that evaluation is synchronous; what is new is handed on in batches. */
export function createStickyAssignments({ read, onAssigned }: StickyAssignmentsOptions): StickyAssignments {
  const known = new Map<string, string>();
  const loaded = new Set<string>();
  const fresh = new Map<string, StoredAssignment>();
  let scheduled = false;
  const idOf = (flagKey: string, unit: string): string => JSON.stringify([flagKey, unit]);

  function handOn(): void {
    scheduled = false;
    const ready = [...fresh].filter(([, { unit }]) => loaded.has(unit));
    for (const [id] of ready) fresh.delete(id);
    if (ready.length) onAssigned(ready.map(([, assignment]) => assignment));
  }
  function schedule(): void {
    if (!scheduled) queueMicrotask(handOn);
    scheduled = true;
  }

  function adopt(assignments: Iterable<StoredAssignment>): boolean {
    let changed = false;
    for (const { flagKey, unit, variantKey } of assignments) {
      const id = idOf(flagKey, unit);
      fresh.delete(id);
      changed ||= known.get(id) !== variantKey;
      known.set(id, variantKey);
    }
    return changed;
  }

  return {
    get: (flagKey, unit) => known.get(idOf(flagKey, unit)),
    assign(flagKey, unit, variantKey) {
      const id = idOf(flagKey, unit);
      known.set(id, variantKey);
      fresh.set(id, { flagKey, unit, variantKey });
      schedule();
    },
    adopt,
    async load(units) {
      const wanted = units.filter((unit) => !loaded.has(unit));
      const changed = wanted.length > 0 && adopt(await read(wanted));
      for (const unit of wanted) loaded.add(unit);
      schedule();
      return changed;
    },
  };
}
