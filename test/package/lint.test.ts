import { join } from "node:path";
import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";
import tseslint from "typescript-eslint";

const root = join(import.meta.dirname, "../..");

/** Without types: these rules need none, and the files are not there. */
const eslint = new ESLint({
  cwd: root,
  overrideConfigFile: join(root, ".config/eslint.config.ts"),
  overrideConfig: [
    tseslint.configs.disableTypeChecked,
    { files: ["**/*.ts"], languageOptions: { parserOptions: { projectService: false, project: false } } },
  ],
});

async function complaints(filePath: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: join(root, filePath) });
  return result?.messages.map((message) => message.ruleId) ?? [];
}

describe("lint", () => {
  it.each([
    ["src/engine/a.ts", "export async function a() { return 1; }", "no-restricted-syntax"],
    ["src/engine/a.ts", "export const a = (b: Promise<number>) => b;", "no-restricted-syntax"],
    ["src/engine/a.ts", "export const a = () => Promise.resolve(1);", "no-restricted-globals"],
    ["src/engine/a.ts", "export const a = () => Date.now();", "no-restricted-properties"],
    ["src/engine/a.ts", "export const a = () => new Date();", "no-restricted-syntax"],
    ["src/engine/a.ts", "export const a = () => Math.random();", "no-restricted-properties"],
    ["src/engine/a.ts", "export const a = () => performance.now();", "no-restricted-globals"],
    ["src/client/a.ts", `export const a = () => eval("1");`, "no-eval"],
    ["src/replica/a.ts", `export const a = () => new Function("return 1");`, "no-new-func"],
    ["src/model/a.ts", "export const a = () => WebAssembly;", "no-restricted-globals"],
    ["adapters/idb/a.ts", `import { join } from "node:path";\nexport const a = join;`, "no-restricted-imports"],
    ["adapters/react/a.ts", "export const a = () => process.cwd();", "no-restricted-globals"],
    ["sync-server/a.ts", "export default 1;", "no-restricted-syntax"],
    ["sync-server/a.ts", `export * from "./b";`, "no-restricted-syntax"],
    ["sync-server/a.ts", "export enum A { B }", "no-restricted-syntax"],
    ["sync-server/a.ts", "export const a: any = 1;", "@typescript-eslint/no-explicit-any"],
    ["sync-server/a.ts", "/* eslint-disable */ export const a: any = 1;", "@typescript-eslint/no-explicit-any"],
  ])("refuses in %s: %s", async (file, code, rule) => {
    expect(await complaints(file, code)).toContain(rule);
  });

  it.each([
    ["src/engine/a.ts", "export const a = (at: number) => new Date(at);"],
    ["src/client/a.ts", "export const a = async () => Promise.resolve(Date.now());"],
    ["src/server/a.ts", `import { join } from "node:path";\nexport const a = join;`],
  ])("lets %s say: %s", async (file, code) => {
    expect(await complaints(file, code)).toEqual([]);
  });
});
