import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json";
import { prepareFixture } from "../support/fixture";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const nest = ["@nestjs/common", "@nestjs/core", "@nestjs/event-emitter", "@nestjs/platform-express", "reflect-metadata", "rxjs"];

/** An app, with the built package and Nest, and nothing of this project's besides. */
describe.each([
  ["an ES module", "mjs", ts.ModuleKind.ESNext],
  ["a CommonJS module", "cjs", ts.ModuleKind.CommonJS],
])("a Nest app that is %s, as Nest's command compiles it", (_, extension, module) => {
  const project = mkdtempSync(join(tmpdir(), "rollease-nest-"));

  beforeAll(async () => {
    const installed = join(await prepareFixture("nest"), "node_modules");
    const link = (from: string, name: string): void => {
      const place = join(project, "node_modules", name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(join(from, name), place);
    };
    for (const name of nest) link(installed, name);
    for (const name of Object.keys(manifest.dependencies)) link(join(root, "node_modules"), name);
    for (const part of ["dist", "package.json"])
      cpSync(join(root, part), join(project, "node_modules/rollease", part), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(join(import.meta.dirname, "nest-app.ts"), "utf8"), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module, experimentalDecorators: true, emitDecoratorMetadata: true },
    });
    writeFileSync(join(project, `app.${extension}`), outputText);
  });
  afterAll(() => {
    rmSync(project, { recursive: true, force: true });
  });

  async function start(...args: readonly string[]): Promise<unknown> {
    return JSON.parse((await run(process.execPath, [`app.${extension}`, ...args], { cwd: project })).stdout);
  }

  it("is given the service by its type, is guarded, hears of it all, and ends", async () => {
    expect(await start()).toEqual({
      answers: ["200 new", "200 old", "404", "200 beta"],
      heard: [
        "NEW_LOOK true by user_override",
        "NEW_LOOK false by percentage",
        "BETA false by global_default",
        "BETA true by global_default",
      ],
    });
  });

  it("closes what it has opened when a signal ends it", async () => {
    const ended = run(process.execPath, [`app.${extension}`, "signal"], { cwd: project });
    await expect(ended).rejects.toMatchObject({ signal: "SIGTERM", stdout: JSON.stringify({ closed: true }) });
  });

  it("is told what it lacks for events", async () => {
    const needs = "ConfigurationError: emitEvents: needs";
    expect(await start("without")).toEqual({
      error: `${needs} EventEmitterModule.forRoot() of @nestjs/event-emitter among the imports of the app's module.`,
    });
    rmSync(join(project, "node_modules/@nestjs/event-emitter"));
    expect(await start("without")).toEqual({
      error: `${needs} the package @nestjs/event-emitter; run npm install @nestjs/event-emitter, and import EventEmitterModule.forRoot() in the app's module.`,
    });
  });
});
