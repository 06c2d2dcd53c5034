import type { AssignmentSource } from "../engine/types";
import type { StoredAssignment } from "../ports/local-store";
import { assignmentKey } from "../replica/table-store";

export interface StickyAssignments extends AssignmentSource {
  /** Takes assignments known elsewhere in place of its own. */
  adopt(assignments: readonly StoredAssignment[]): void;
  /** Resolves when what the store holds of this unit is known; until then, what is assigned to it is provisional. */
  load(unit: string): Promise<void>;
}

/**
 * Assignments in memory, so that evaluation is synchronous.
 *
 * @param read Reads what the store holds of a unit.
 * @param onLoaded Told of that, to have it adopted.
 * @param onAssigned Told of a new assignment, made here, to be kept and sent.
 */
export function createStickyAssignments(
  read: (unit: string) => Promise<readonly StoredAssignment[] | undefined>,
  onLoaded: (assignments: readonly StoredAssignment[]) => void,
  onAssigned: (assignment: StoredAssignment) => void,
): StickyAssignments {
  const known = new Map<string, StoredAssignment>();
  const loads = new Map<string, Promise<void>>();

  function load(unit: string): Promise<void> {
    let loading = loads.get(unit);
    if (!loading) {
      loading = read(unit).then((assignments) => {
        if (assignments?.length) onLoaded(assignments);
      });
      loads.set(unit, loading);
    }
    return loading;
  }

  return {
    get: (flagKey, unit) => known.get(assignmentKey({ flagKey, unit }))?.variantKey,
    assign(flagKey, unit, variantKey) {
      const assignment = { flagKey, unit, variantKey };
      const id = assignmentKey(assignment);
      known.set(id, assignment);
      // The store may know another one, where nobody has asked it for this unit yet, as when a flag starts to bucket by something else.
      void load(unit).then(() => known.get(id) === assignment && onAssigned(assignment));
    },
    adopt(assignments) {
      for (const each of assignments) known.set(assignmentKey(each), each);
    },
    load,
  };
}
