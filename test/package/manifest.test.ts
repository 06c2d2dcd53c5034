import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { entries, packageExports } from "../../.config/entries";
import manifest from "../../package.json";

const root = join(import.meta.dirname, "../..");

describe("package.json", () => {
  it("exports exactly the entries", () => {
    expect(manifest.exports).toEqual(packageExports());
  });

  it("has a source for each entry", () => {
    expect(entries.filter((entry) => !existsSync(join(root, entry.source)))).toEqual([]);
  });

  it("asks for peers optionally, so that nobody installs what they do not use", () => {
    expect(manifest.peerDependenciesMeta).toEqual(
      Object.fromEntries(Object.keys(manifest.peerDependencies).map((peer) => [peer, { optional: true }])),
    );
  });
});

describe("package-lock.json", () => {
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");

  it("names no registry, so that everybody installs from their own", () => {
    const hosts = [...lock.matchAll(/"resolved": "([a-z+]+:\/\/[^/"]+)/g)].map(([, host]) => host);
    expect(hosts).toEqual([]);
  });

  it("agrees with package.json", () => {
    const { packages } = JSON.parse(lock) as { packages: Record<string, Record<string, unknown>> };
    for (const kind of ["dependencies", "devDependencies", "peerDependencies"] as const) {
      expect(packages[""]?.[kind]).toEqual(manifest[kind]);
    }
  });
});

describe("the package", () => {
  it("holds the build, the description of its tables for Prisma, the README, the license and nothing else", () => {
    const [pack] = JSON.parse(
      execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" }),
    ) as [{ files: { path: string }[] }];
    const strangers = pack.files.map((file) => file.path).filter((path) => !/^dist\/[\w/.-]+\.(c?js|d\.c?ts)$/.test(path));
    expect(strangers.toSorted()).toEqual(["LICENSE", "README.md", "dist/db/rollease.prisma", "package.json"]);
  });
});
