import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importable, specifierOf } from "../../.config/entries";
import manifest from "../../package.json";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const specifiers = importable.map((entry) => specifierOf(entry.name));
const withoutPeers = [
  "rollease",
  "rollease/client",
  "rollease/server",
  "rollease/idb",
  "rollease/db",
  "rollease/db/memory",
  "rollease/db/redis",
  "rollease/db/prisma",
  "rollease/migrate",
];

interface Loaded {
  readonly imported: Record<string, string[]>;
  readonly required: Record<string, string[]>;
  readonly twins: { readonly imported: string[]; readonly required: string[] };
  readonly errors: { readonly knowsTheOtherCopy: boolean; readonly knowsAStranger: boolean };
}

describe("the packed package, installed into an empty project", () => {
  const project = mkdtempSync(join(tmpdir(), "rollease-consumer-"));
  let bare: Loaded;
  let loaded: Loaded;

  async function load(names: readonly string[]): Promise<Loaded> {
    return JSON.parse((await run(process.execPath, ["load.mjs", ...names], { cwd: project })).stdout) as Loaded;
  }

  beforeAll(async () => {
    const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project], { cwd: root });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    cpSync(join(root, "test/package/consumer"), project, { recursive: true });
    writeFileSync(join(project, "package.json"), `{ "name": "consumer", "private": true, "type": "module" }`);
    await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", `./${filename}`], {
      cwd: project,
    });
    bare = await load(withoutPeers);
    // Peers are the consumer's affair; this one has ours.
    for (const peer of [...Object.keys(manifest.peerDependencies), "@types/react", "@types/pg", "@types/node"]) link(peer);
    loaded = await load(specifiers);
  });
  afterAll(() => {
    rmSync(project, { recursive: true, force: true });
  });

  function link(name: string): void {
    const place = join(project, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    if (!existsSync(place)) symlinkSync(join(root, "node_modules", name), place);
  }

  it("exports from each entry what the pinned list says", async () => {
    await expect(`${JSON.stringify(loaded.imported, undefined, 2)}\n`).toMatchFileSnapshot("runtime-exports.json");
  });

  it("can be required as well as imported, with the same exports", () => {
    expect(loaded.required).toEqual(loaded.imported);
  });

  it("needs no peer for what runs on its own", () => {
    expect(Object.keys(bare.imported)).toEqual(withoutPeers);
  });

  it("has each thing once in a format, so that instanceof holds across entries", () => {
    expect(loaded.twins).toEqual({ imported: [], required: [] });
  });

  it("knows its errors across formats, and no others", () => {
    expect(loaded.errors).toEqual({ knowsTheOtherCopy: true, knowsAStranger: false });
  });

  it.each(["react.js", "react.cjs"])(`keeps "use client" first in %s`, (file) => {
    expect(readFileSync(join(project, "node_modules/rollease/dist", file), "utf8")).toMatch(/^"use client";/);
  });

  it("runs as a command", async () => {
    const { stdout } = await run(process.execPath, [join(project, "node_modules/.bin/rollease"), "--help"], { cwd: project });
    expect(stdout).toContain("serve");
  });

  /** What the compiler says of a folder in the project. */
  async function complaintsIn(folder: string, moduleResolution: string): Promise<string> {
    const compilerOptions = {
      module: moduleResolution === "node16" ? "node16" : "esnext",
      moduleResolution,
      target: "es2022",
      lib: ["ES2023", "DOM", "DOM.Iterable"],
      jsx: "react-jsx",
      strict: true,
      noEmit: true,
      declaration: true,
      exactOptionalPropertyTypes: true,
      // The types of peers have mistakes of their own.
      skipLibCheck: true,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*"] }));
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    return run(process.execPath, [compiler, "--project", folder]).then(
      () => "",
      (error: unknown) => (error as { stdout: string }).stdout,
    );
  }

  it.each([
    ["node16", "an ES module", "mts"],
    ["node16", "a CommonJS module", "cts"],
    ["bundler", "a module", "ts"],
  ])("gives every export a type under moduleResolution %s to %s", async (moduleResolution, _, extension) => {
    const folder = join(project, `types-${extension}`);
    mkdirSync(folder);
    const uses = Object.entries(loaded.imported).map(([specifier, names], index) => {
      const typed = names.map((name) => `export const ${name}${index}: Typed<typeof entry${index}.${name}> = true;`);
      return [`import * as entry${index} from "${specifier}";`, ...typed].join("\n");
    });
    writeFileSync(
      join(folder, `every-export.${extension}`),
      `type Typed<T> = 0 extends 1 & T ? never : true;\n${uses.join("\n")}\n`,
    );
    cpSync(join(project, "quickstart.ts"), join(folder, `quickstart.${extension}`));
    expect(await complaintsIn(folder, moduleResolution)).toBe("");
  });

  const apps = ["registered", "unregistered"].flatMap((app) => [
    [app, "node16", "module"] as const,
    [app, "node16", "commonjs"] as const,
    [app, "bundler", "module"] as const,
  ]);

  it.each(apps)(
    "types flag keys at every entry for an app whose flags are %s, under moduleResolution %s in a %s",
    async (app, moduleResolution, type) => {
      const folder = join(project, `${app}-${moduleResolution}-${type}`);
      cpSync(join(root, "test/types", app), folder, { recursive: true });
      cpSync(join(root, "test/types/registered/exactly.d.ts"), join(folder, "exactly.d.ts"));
      writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type }));
      expect(await complaintsIn(folder, moduleResolution)).toBe("");
    },
  );
});
