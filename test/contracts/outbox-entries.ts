import type { TrackEntry } from "../../src/protocol/wire";

/** An event whose id sorts by its number. */
export const event = (n: number): TrackEntry => ({
  id: `id-${String(n).padStart(6, "0")}`,
  type: "event",
  at: "",
  event: "e",
  unit: null,
});
