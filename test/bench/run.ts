import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle";

const outdir = fileURLToPath(new URL("../.tmp/bench/", import.meta.url));

await bundle([fileURLToPath(new URL("beside-floors.ts", import.meta.url))], outdir);
const { status } = spawnSync(process.execPath, [`${outdir}beside-floors.mjs`], { stdio: "inherit" });
process.exitCode = status ?? 1;
