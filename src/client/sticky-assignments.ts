import type { AssignmentSource } from "../engine/types";
import type { StoredAssignment } from "../ports/local-store";
import { assignmentKey } from "../replica/assignment-key";

/** A sticky flag, and whom it is assigned to. */
export interface StickyUnit {
  readonly flagKey: string;
  readonly unit: string;
}

export interface StickyAssignments extends AssignmentSource {
  /** Takes assignments known elsewhere in place of its own. */
  adopt(assignments: readonly StoredAssignment[]): void;
  /** Resolves when what the store holds of the current units is known; until then, what is assigned to them is provisional. */
  load(): Promise<void>;
  /** Assigns to one unit what is assigned to another, unless it has an assignment itself. */
  carry(from: string, to: string): Promise<void>;
  /** All that is in memory, of whomever. */
  readonly known: Map<string, StoredAssignment>;
  /** The current units' assignments, as far as `variantOf` knows any. @param variantOf What is assigned by default */
  current(variantOf?: AssignmentSource["get"]): StoredAssignment[];
}

/**
 * Assignments in memory, so that evaluation is synchronous.
 *
 * @param units The sticky flags of now.
 * @param read Reads what the store holds of a unit.
 * @param onLoaded Told of that, to have it adopted.
 * @param onAssigned Told of a new assignment, made here, to be kept and sent.
 */
export function createStickyAssignments(
  units: () => readonly StickyUnit[],
  read: (unit: string) => Promise<readonly StoredAssignment[] | undefined>,
  onLoaded: (assignments: readonly StoredAssignment[]) => void,
  onAssigned: (assignment: StoredAssignment) => void,
): StickyAssignments {
  const known = new Map<string, StoredAssignment>();
  const loads = new Map<string, Promise<void>>();

  function get(flagKey: string, unit: string): string | undefined {
    return known.get(assignmentKey({ flagKey, unit }))?.variantKey;
  }

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

  function assign(flagKey: string, unit: string, variantKey: string): void {
    const assignment = { flagKey, unit, variantKey };
    const id = assignmentKey(assignment);
    known.set(id, assignment);
    // The store may know another one, where nobody has asked it for this unit yet, as when a flag starts to bucket by something else.
    void load(unit).then(() => known.get(id) === assignment && onAssigned(assignment));
  }

  return {
    get,
    assign,
    adopt(assignments) {
      for (const each of assignments) known.set(assignmentKey(each), each);
    },
    async load() {
      await Promise.all(units().map(({ unit }) => load(unit)));
    },
    async carry(from, to) {
      await Promise.all([load(from), load(to)]);
      for (const { flagKey, unit, variantKey } of [...known.values()])
        if (unit === from && get(flagKey, to) === undefined) assign(flagKey, to, variantKey);
    },
    known,
    current: (variantOf = get) =>
      units().flatMap(({ flagKey, unit }) => {
        const variantKey = variantOf(flagKey, unit);
        return variantKey === undefined ? [] : { flagKey, unit, variantKey };
      }),
  };
}
