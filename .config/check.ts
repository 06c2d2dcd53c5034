import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly durationMs: number;
}

/** Scripts of package.json, in order; the build comes before what looks at it. */
const checks = [
  "format:check",
  "lint",
  "typecheck",
  "typecheck:engine",
  "imports",
  "unused",
  "build",
  "publint",
  "attw",
  "sizes",
  "api:check",
];
/** These count test by test. */
const suites = ["test:package", "test"];

/** What hangs has failed. */
const TIME_LIMIT_MS = 20 * 60_000;

const scratch = mkdtempSync(join(tmpdir(), "rollease-check-"));

function runScript(script: string, args: readonly string[] = []): { readonly ok: boolean; readonly durationMs: number } {
  console.log(`\n──── npm run ${script}`);
  const startedAt = Date.now();
  const { status } = spawnSync("npm", ["run", "--silent", script, "--", ...args], { stdio: "inherit", timeout: TIME_LIMIT_MS });
  return { ok: status === 0, durationMs: Date.now() - startedAt };
}

function runCheck(name: string): Outcome {
  const { ok, durationMs } = runScript(name);
  return { name, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, durationMs };
}

function runSuite(name: string): Outcome {
  const file = join(scratch, `${name.replaceAll(":", "-")}.json`);
  const { ok, durationMs } = runScript(name, ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`]);
  const counts = countTests(file);
  // An error between tests fails the run without failing a test.
  const failed = counts.failed === 0 && !ok ? 1 : counts.failed;
  return { name, ...counts, failed, durationMs };
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[];
}

function countTests(file: string): Pick<Outcome, "passed" | "failed" | "skipped"> {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(file, "utf8")) as VitestReport;
  // A file that does not load, or whose preparation fails, has no failed test to show for it.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests,
  };
}

/** Whether the install that came before, if one did, was content with this version of Node. */
function checkInstall(log: string | undefined): Outcome[] {
  if (log === undefined) return [];
  const refused = readFileSync(log, "utf8").includes("EBADENGINE");
  return [{ name: "install", passed: refused ? 0 : 1, failed: refused ? 1 : 0, skipped: 0, durationMs: 0 }];
}

const outcomes = [...checkInstall(process.env["INSTALL_LOG"]), ...checks.map(runCheck), ...suites.map(runSuite)];
rmSync(scratch, { recursive: true });

console.log("");
for (const { name, passed, failed, skipped, durationMs } of outcomes) {
  const skips = skipped > 0 ? `, ${skipped} SKIPPED` : "";
  console.log(
    `${failed > 0 ? "✗" : "✓"} ${name}: ${passed} passed, ${failed} failed${skips} (${(durationMs / 1000).toFixed(1)} s)`,
  );
}
const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
const failed = sum((outcome) => outcome.failed);
console.log(`${sum((outcome) => outcome.passed)} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
