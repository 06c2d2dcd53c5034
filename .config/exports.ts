import { readFile, writeFile } from "node:fs/promises";
import { packageExports } from "./entries";

/** Writes package.json's `exports` from the list of entries. A test holds the two together. */
const file = new URL("../package.json", import.meta.url);
const manifest = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
await writeFile(file, `${JSON.stringify({ ...manifest, exports: packageExports() }, undefined, 2)}\n`);
