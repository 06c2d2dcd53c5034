import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

/** What the compiler says of a project's own files. It says nothing of the sources, which are compiled without anybody's flags. */
function complaintsIn(project: string): string {
  const place = join(import.meta.dirname, project);
  const { config } = ts.readConfigFile(join(place, "tsconfig.json"), ts.sys.readFile) as { config: unknown };
  const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, place);
  const program = ts.createProgram(fileNames, options);
  const found = fileNames.flatMap((name) => {
    const file = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  });
  const host = { getCanonicalFileName: (name: string) => name, getCurrentDirectory: () => place, getNewLine: () => "\n" };
  return ts.formatDiagnostics([...errors, ...program.getOptionsDiagnostics(), ...found], host);
}

it.each([
  ["takes any key, and the caller's word for its type, where no flags are registered", "unregistered"],
  ["takes registered keys alone, each with its type, where flags are registered", "registered"],
  ["takes any key where the registry says so, and registered ones with their type", "partly-registered"],
])("%s", { timeout: 60_000 }, (_, project) => {
  expect(complaintsIn(project)).toBe("");
});
