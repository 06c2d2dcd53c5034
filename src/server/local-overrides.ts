import { ConfigurationError, ValidationError } from "../errors";
import type { JsonValue } from "../model/json";
import { isPrototypeName } from "../model/limits";
import { isRecord } from "../model/schema";
import type { Settings } from "./config";

/** How often the file is looked at. */
const WATCH_MS = 250;

/** Values that flags are forced to for development. */
export interface LocalOverrides {
  /** By flag key; the same object for good, whose entries come and go. `undefined` where nothing is ever forced. */
  readonly values: Readonly<Record<string, JsonValue>> | undefined;
  close(): void;
}

/**
 * Reads values for development from a file below the working directory, and again whenever it changes. A file that is not
 * there forces nothing; one that cannot be read leaves the last values in place, with a warning.
 *
 * @throws ValidationError for a file outside of the working directory
 * @throws ConfigurationError where there are no files
 */
export function createLocalOverrides({ localOverrides, log }: Pick<Settings, "localOverrides" | "log">): LocalOverrides {
  if (typeof localOverrides !== "string") return { values: localOverrides, close: () => undefined };
  const localOverridesFile = localOverrides;
  const values = Object.create(null) as Record<string, JsonValue>;
  const clear = (): void => Object.keys(values).forEach((key) => Reflect.deleteProperty(values, key));
  // Asked for so that what never reads a file can run where there are none.
  const fs = globalThis.process?.getBuiltinModule?.("node:fs");
  const path = globalThis.process?.getBuiltinModule?.("node:path");
  if (!fs || !path) throw new ConfigurationError("localOverrides: there are no files to read here.");

  const file = path.resolve(localOverridesFile);
  assertWithin(process.cwd(), file);

  function read(): void {
    try {
      const text = fs?.readFileSync(file, "utf8") ?? "";
      assertWithin(fs?.realpathSync(process.cwd()) ?? "", fs?.realpathSync(file) ?? "");
      const found = parseOverrides(text);
      clear();
      Object.assign(values, found);
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") clear();
      else log("warn", `The overrides in ${localOverridesFile} cannot be read; the last ones stay in force.`, { error });
    }
  }

  function assertWithin(directory: string, target: string): void {
    const relative = path?.relative(directory, target) ?? "";
    if (relative === "" || relative.startsWith("..") || path?.isAbsolute(relative))
      throw new ValidationError([{ path: "localOverridesFile", message: "must be a file below the working directory" }]);
  }

  read();
  // By looking, not by events: editors replace files, and every event system misses some of that.
  fs.watchFile(file, { interval: WATCH_MS, persistent: false }, read);
  return { values, close: () => fs.unwatchFile(file, read) };
}

function parseOverrides(text: string): Record<string, JsonValue> {
  const parsed: unknown = JSON.parse(text);
  if (!isRecord(parsed)) throw new ValidationError([{ path: "", message: "must be an object of values by flag key" }]);
  return Object.fromEntries(Object.entries(parsed).filter(([key]) => !isPrototypeName(key))) as Record<string, JsonValue>;
}
