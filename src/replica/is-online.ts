/** Whether the browser says that there is a network; where nobody says so, there is one. */
export function isOnline(): boolean {
  return (globalThis.navigator as Partial<Navigator> | undefined)?.onLine !== false;
}
