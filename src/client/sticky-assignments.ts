import type { AssignmentSource } from "../engine/types";
import type { StoredAssignment } from "../ports/local-store";
import { createBatch } from "./batch";

export interface StickyAssignments extends AssignmentSource {
  /** Takes assignments known elsewhere in place of its own; answers whether that changed any. */
  adopt(assignments: Iterable<StoredAssignment>): boolean;
  /** Resolves when what the store holds of these units is known; until then, what is assigned to them is provisional. */
  load(units: Iterable<string>): Promise<void>;
}

export interface StickyAssignmentsOptions {
  readonly read: (units: readonly string[]) => Promise<readonly StoredAssignment[]>;
  /** The store held something else than was evaluated with. */
  readonly onLoaded: () => void;
  /** New assignments, made here, to be kept and sent. */
  readonly onAssigned: (assignments: readonly StoredAssignment[]) => void;
  readonly onError: (error: Error) => void;
}

/** Assignments in memory, so that evaluation is synchronous; what is new is handed on in batches. */
export function createStickyAssignments({ read, onLoaded, onAssigned, onError }: StickyAssignmentsOptions): StickyAssignments {
  const known = new Map<string, string>();
  const loads = new Map<string, Promise<void>>();
  /** Made here, and not to be handed on before the store has been asked. */
  const fresh = new Map<string, StoredAssignment>();
  const handOn = createBatch(onAssigned);
  const idOf = (flagKey: string, unit: string): string => JSON.stringify([flagKey, unit]);

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

  function loadUnit(unit: string): Promise<void> {
    const load =
      loads.get(unit) ??
      read([unit]).then((assignments) => {
        if (adopt(assignments)) onLoaded();
      }, onError);
    loads.set(unit, load);
    return load;
  }

  return {
    get: (flagKey, unit) => known.get(idOf(flagKey, unit)),
    assign(flagKey, unit, variantKey) {
      const id = idOf(flagKey, unit);
      known.set(id, variantKey);
      fresh.set(id, { flagKey, unit, variantKey });
      // A unit that nobody has asked for before, as when a flag starts to bucket by something else.
      void loadUnit(unit).then(() => {
        const assignment = fresh.get(id);
        if (assignment) handOn(assignment);
        fresh.delete(id);
      });
    },
    adopt,
    async load(units) {
      await Promise.all([...units].map(loadUnit));
    },
  };
}
