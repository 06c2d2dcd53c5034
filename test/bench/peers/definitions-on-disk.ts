import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tellOnce } from "./processes";

/** Definitions in files, so that whoever reads them has not run anything to make them. */
export interface Definitions {
  /** The file with so many flags in the format of `name`; written when it is first asked for. */
  file(name: string, flags: number): Promise<string>;
  /** Its size. */
  bytes(name: string, flags: number): number;
  remove(): void;
}

export function createDefinitions(): Definitions {
  const folder = mkdtempSync(join(tmpdir(), "rollease-bench-"));
  const pathOf = (name: string, flags: number): string => join(folder, `${name}-${flags}.json`);
  const written = new Set<string>();
  return {
    async file(name, flags) {
      const path = pathOf(name, flags);
      if (!written.has(path)) writeFileSync(path, await tellOnce(name, [], "define", { flags }));
      written.add(path);
      return path;
    },
    bytes: (name, flags) => statSync(pathOf(name, flags)).size,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
