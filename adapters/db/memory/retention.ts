import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import type { StagedTables } from "./tables";

/** `DatabaseAdapter.deleteBefore`. */
export function deleteOldest(tables: StagedTables, ...[name, at, limit]: Parameters<DatabaseAdapter["deleteBefore"]>): number {
  const table = tables[name] as Rewritable;
  const old: { readonly createdAt: string }[] = [];
  table.rewrite((row) => {
    if (Date.parse(row.createdAt) < Date.parse(at)) old.push(row);
    return row;
  });
  const oldest = old.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt)).slice(0, limit);
  const gone = new Set<unknown>(oldest);
  return table.rewrite((row) => (gone.has(row) ? undefined : row));
}

/** What lists and maps have in common. */
interface Rewritable {
  rewrite(change: (row: { readonly createdAt: string }) => { readonly createdAt: string } | undefined): number;
}
