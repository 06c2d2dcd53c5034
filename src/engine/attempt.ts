/** What `work` answers; `undefined` where it throws. For what a context may hold, which need be of no certain kind. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
