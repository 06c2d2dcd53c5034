/** Flags that always change together: whoever sees two of a group with different values sees half a release. */
export const GROUPS: readonly (readonly string[])[] = ["red", "green", "blue"].map((name) =>
  Array.from({ length: 2 }, (_, i) => `${name}-${i}`),
);

/** What the child tells. */
export type Report =
  | { readonly op: "ready" }
  | { readonly op: "deploy" | "rollback"; readonly id: string; readonly state: "begun" | "done" | "refused" };
