// Prints, for the entries named on the command line, what each exports when imported, and when required.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const names = process.argv.slice(2);
const imported = {};
const required = {};
for (const name of names) {
  imported[name] = await import(name);
  required[name] = require(name);
}

/** Exports that two entries have under one name, but not as one thing. */
function twins(modules) {
  const seen = new Map();
  const found = [];
  for (const [entry, exports] of Object.entries(modules)) {
    for (const [name, value] of Object.entries(exports)) {
      if (name !== "default" && seen.has(name) && seen.get(name) !== value) found.push(`${entry}: ${name}`);
      seen.set(name, value);
    }
  }
  return found;
}

function exportsOf(modules) {
  return Object.fromEntries(Object.entries(modules).map(([entry, exports]) => [entry, Object.keys(exports).sort()]));
}

const { isRolleaseError, FlagNotFoundError } = imported.rollease;
const other = required.rollease;
const answers = {
  imported: exportsOf(imported),
  required: exportsOf(required),
  twins: { imported: twins(imported), required: twins(required) },
  errors: {
    knowsTheOtherCopy: isRolleaseError(new other.FlagNotFoundError("a")) && other.isRolleaseError(new FlagNotFoundError("a")),
    knowsAStranger: isRolleaseError(new Error("a")),
  },
};
process.stdout.write(JSON.stringify(answers));
