import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

export const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

export interface FixtureParts {
  /** Files from elsewhere, by where they come to stand in the fixture. */
  readonly files?: Readonly<Record<string, string>>;
  /** What is to be done once the packages are there. */
  finish?(folder: string): Promise<void>;
}

/**
 * Installs a folder of `test/fixtures/`, with packages that nobody but some tests needs, and answers where. That is made once
 * for each version of what it is made from; `current`, beside it, leads to the newest. Several processes may ask at once: each
 * makes a folder, and the first to be done has made the one.
 */
export async function prepareFixture(name: string, { files = {}, finish }: FixtureParts = {}): Promise<string> {
  const source = join(root, "test/fixtures", name);
  const cache = join(root, "node_modules/.cache/rollease-fixtures", name);
  const ready = join(cache, await fingerprint(source, Object.values(files)));
  if (!existsSync(ready)) {
    await mkdir(cache, { recursive: true });
    const folder = await mkdtemp(join(cache, "unfinished-"));
    try {
      await cp(source, folder, { recursive: true });
      for (const [place, file] of Object.entries(files)) await cp(file, join(folder, place));
      // Install scripts fetch binaries that nothing here runs.
      await run("npm", ["ci", "--ignore-scripts", "--prefer-offline"], { cwd: folder });
      await finish?.(folder);
      await rename(folder, ready).catch((error: unknown) => {
        if (!existsSync(ready)) throw error;
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const link = join(cache, `link-${process.pid}`);
  await symlink(basename(ready), link);
  await rename(link, join(cache, "current"));
  return ready;
}

async function fingerprint(source: string, others: readonly string[]): Promise<string> {
  const files = (await readdir(source, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const hash = createHash("sha256");
  for (const path of [...files.map((file) => join(file.parentPath, file.name)).sort(), ...others])
    hash.update(await readFile(path));
  return hash.digest("hex").slice(0, 16);
}
