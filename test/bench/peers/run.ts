import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { roundsAsked } from "../rounds";
import { stopwatchMeasures } from "../stopwatch";
import { bundleAll } from "./bundle";
import { createDefinitions } from "./definitions-on-disk";
import { allocationTable, heldTable } from "./memory-tables";
import { oneChangeTable } from "./one-change-table";
import { timeAll } from "./speed";
import { ratiosTable, sidesTable, timesTable } from "./speed-tables";
import { startTable } from "./start-tables";

const here = fileURLToPath(new URL(".", import.meta.url));

/** The peers are installed by this command alone. */
function install(): void {
  if (existsSync(`${here}node_modules/.package-lock.json`)) return;
  const { status } = spawnSync("npm", ["ci"], { cwd: here, stdio: "inherit" });
  if (status !== 0) throw new Error("the peers could not be installed");
}

const rounds = roundsAsked(15);
install();
await bundleAll();
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim()}, ${rounds} rounds, ${stopwatchMeasures}\n`);

console.log(`${sidesTable()}\n`);

const timings = await timeAll(rounds);
console.log(`${timesTable(timings)}\n\n${ratiosTable(timings)}\n`);
console.log(`${await allocationTable()}\n`);

const definitions = createDefinitions();
try {
  console.log(`${await startTable(definitions, rounds)}\n`);
  console.log(`${await heldTable(definitions)}\n`);
} finally {
  definitions.remove();
}
console.log(await oneChangeTable(rounds));
