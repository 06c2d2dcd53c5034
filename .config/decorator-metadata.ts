import ts from "typescript";
import type { Plugin } from "vite";

/** Compiles what is below `folder` as Nest's own command does, with the types of constructors' arguments, which esbuild leaves out. */
export function emitDecoratorMetadata(folder: string): Plugin {
  return {
    name: "emit-decorator-metadata",
    enforce: "pre",
    transform(code, id) {
      if (!id.startsWith(folder) || !id.endsWith(".ts")) return undefined;
      const compilerOptions: ts.CompilerOptions = {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        sourceMap: true,
      };
      const { outputText, sourceMapText } = ts.transpileModule(code, { fileName: id, compilerOptions });
      return { code: outputText, map: sourceMapText ?? null };
    },
  };
}
