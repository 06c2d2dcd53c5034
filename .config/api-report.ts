import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import type { IConfigFile } from "@microsoft/api-extractor";
import { importable } from "./entries";
import type { Entry } from "./entries";

const root = join(import.meta.dirname, "..");
const reports = join(root, "test/package/api");
const update = process.argv.includes("--update");
const scratch = mkdtempSync(join(tmpdir(), "rollease-api-"));

const silent = { logLevel: ExtractorLogLevel.None };

function reportOf(entry: Entry): string {
  return `${entry.name.replaceAll("/", "-")}.api.md`;
}

function configurationOf(entry: Entry): IConfigFile {
  return {
    projectFolder: root,
    mainEntryPointFilePath: `<projectFolder>/dist/${entry.name}.d.ts`,
    compiler: { tsconfigFilePath: "<projectFolder>/tsconfig.json" },
    apiReport: { enabled: true, reportFileName: reportOf(entry), reportFolder: reports, reportTempFolder: scratch },
    newlineKind: "lf",
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: {
      compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      extractorMessageReporting: { default: silent },
      tsdocMessageReporting: { default: silent },
    },
  };
}

/** Whether the public surface of the entry is what its report says, or, with `--update`, now is. */
function holds(entry: Entry): boolean {
  const { apiReportChanged, succeeded } = Extractor.invoke(
    ExtractorConfig.prepare({
      configObject: configurationOf(entry),
      configObjectFullPath: undefined,
      packageJsonFullPath: join(root, "package.json"),
    }),
    { localBuild: update, messageCallback: (message) => (message.handled ||= message.logLevel !== ExtractorLogLevel.Error) },
  );
  if (apiReportChanged) console.log(`${update ? "written" : "DIFFERS"}: test/package/api/${reportOf(entry)}`);
  return update || (succeeded && !apiReportChanged);
}

mkdirSync(reports, { recursive: true });
const wanted = new Set(importable.map(reportOf));
const stale = readdirSync(reports).filter((file) => !wanted.has(file));
for (const file of stale) {
  console.log(`${update ? "removed" : "STALE"}: test/package/api/${file}`);
  if (update) rmSync(join(reports, file));
}
const differing = importable.filter((entry) => !holds(entry));
rmSync(scratch, { recursive: true });
if (differing.length > 0 || (stale.length > 0 && !update)) {
  console.log("The public surface differs from its report. Look at it, then run `npm run api`.");
  process.exitCode = 1;
}
