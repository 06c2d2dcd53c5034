import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const COMMAND = new URL("../../../adapters/cli/", import.meta.url);

/** The variables that the command says that it reads, each of which its sources have to name once more. */
export function variablesOfCommand(): readonly string[] {
  const sources = readdirSync(fileURLToPath(COMMAND))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(new URL(name, COMMAND), "utf8"))
    .join("\n");
  const help = /const HELP = `([\s\S]*?)`/.exec(sources)?.[1] ?? "";
  const code = sources.replace(help, "");
  const listed = help.slice(help.indexOf("Environment:")).match(/\b[A-Z][A-Z_]+\b/g) ?? [];
  for (const name of listed) if (!code.includes(name)) throw new Error(`The command says that it reads ${name}, and does not.`);
  return listed;
}
