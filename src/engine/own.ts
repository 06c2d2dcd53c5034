/** The holder's own property; `undefined` where it has none of that name. What is inherited never counts. */
export function own<T>(holder: Readonly<Record<string, T>>, name: string): T | undefined;
export function own(holder: unknown, name: string): unknown;
export function own(holder: unknown, name: string): unknown {
  return typeof holder === "object" && holder && Object.hasOwn(holder, name)
    ? (holder as Record<string, unknown>)[name]
    : undefined;
}
