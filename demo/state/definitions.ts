import type { Flag } from "rollease";
import { create } from "zustand";
import { admin } from "./admin-api";

interface Definitions {
  /** As an administrator sees them; kept while the server is away, to be read but not changed. */
  readonly flags: Readonly<Record<string, Flag>>;
  /** Why the last edit was not saved. */
  readonly failure: string | null;
}

export const useDefinitions = create<Definitions>(() => ({ flags: {}, failure: null }));

let latest = 0;

/** Reads every definition anew. An older answer that comes in late is dropped. */
export async function loadDefinitions(): Promise<void> {
  const mine = ++latest;
  try {
    const flags = await admin.list();
    if (mine === latest) useDefinitions.setState({ flags: Object.fromEntries(flags.map((flag) => [flag.key, flag])) });
  } catch {
    // The panel says by its own means that the server is away; what it knows stays.
  }
}

/** Makes an edit, and shows why where it cannot be made. */
export async function save(edit: () => Promise<unknown>): Promise<void> {
  try {
    await edit();
    useDefinitions.setState({ failure: null });
  } catch (error) {
    useDefinitions.setState({ failure: error instanceof Error ? error.message : String(error) });
  }
  await loadDefinitions();
}
