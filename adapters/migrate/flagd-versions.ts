import { parseVersion } from "../../src/engine/semver";
import type { Condition, Operator } from "../../src/model/condition";
import type { JsonValue } from "../../src/model/json";
import { allOf, anyOf, leaf } from "./conditions";
import type { Logic } from "./flagd-document";
import { type ContextValue, readValue, textOf } from "./flagd-values";

const PARTIAL_VERSION = String.raw`^[vV]?(0|[1-9]\d*)(\.(0|[1-9]\d*))?$`;
const MARKED_VERSION = String.raw`^[vV]([^.]*)\.([^.]*)\.`;

const VERSIONS = { "=": "semverEq", "<": "semverLt", "<=": "semverLte", ">": "semverGt", ">=": "semverGte" } as const;

/** `sem_ver`: a version against another, by the symbol between them. What is no version compares with none. */
export function compareWithVersion(args: readonly Logic[], { flagKey }: { readonly flagKey: string }): Condition | undefined {
  const [a, op, b] = args.map((each) => readValue(each, flagKey));
  if (args.length !== 3) return false;
  if (!a || !b || !op || !("constant" in op)) return undefined;
  const symbol = textOf(op.constant);
  if ("constant" in a && "constant" in b) {
    const [left, right] = [normalizeVersion(a.constant), normalizeVersion(b.constant)];
    return left !== undefined && right !== undefined && compareVersions(left, symbol, right);
  }
  if ("constant" in a) return "dimension" in b ? isVersion(b, MIRRORED[symbol] ?? symbol, a.constant) : undefined;
  return "dimension" in a && "constant" in b ? isVersion(a, symbol, b.constant) : undefined;
}

const MIRRORED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** Tests of one place that all hold, or one of several such lists. */
type Bounds = readonly (readonly [op: Operator, version: string])[];

function boundsOf(symbol: string, version: string): readonly Bounds[] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (symbol === "!=") return [[["semverLt", version]], [["semverGt", version]]];
  // A pre-release belongs to the numbers that it stands before.
  if (symbol === "^")
    return [
      [
        ["semverGte", `${major}.0.0-0`],
        ["semverLt", `${major + 1}.0.0-0`],
      ],
    ];
  if (symbol === "~")
    return [
      [
        ["semverGte", `${major}.${minor}.0-0`],
        ["semverLt", `${major}.${minor + 1}.0-0`],
      ],
    ];
  return Object.hasOwn(VERSIONS, symbol) ? [[[VERSIONS[symbol as keyof typeof VERSIONS], version]]] : [];
}

function isVersion({ dimension, fallback }: ContextValue, symbol: string, bound: JsonValue): Condition {
  const version = normalizeVersion(bound);
  if (version === undefined) return false;
  const all = boundsOf(symbol, version);
  const at = (as: "semver" | "string"): Condition =>
    anyOf(all.map((bounds) => allOf(bounds.map(([op, each]) => leaf(dimension, op, each, { as })))));
  const missing = normalizeVersion(fallback);
  return (
    all.length > 0 &&
    anyOf([
      at("semver"),
      allOf([leaf(dimension, "regex", PARTIAL_VERSION, { as: "string" }), at("string")]),
      allOf([leaf(dimension, "regex", MARKED_VERSION, { as: "only-string" }), at("string")]),
      missing !== undefined && compareVersions(missing, symbol, version) && leaf(dimension, "exists", false),
    ])
  );
}

/** A version in full, of one that may have a mark before it, and lack its last numbers if it is nothing but numbers. */
function normalizeVersion(value: JsonValue): string | undefined {
  const text = textOf(value).replace(/^[vV]/, "");
  if (parseVersion(text) !== undefined) return text;
  return new RegExp(PARTIAL_VERSION).test(text) && /^\d/.test(text)
    ? [...text.split("."), "0", "0"].slice(0, 3).join(".")
    : undefined;
}

function compareVersions(a: string, symbol: string, b: string): boolean {
  const left = parseVersion(a) ?? "";
  return boundsOf(symbol, b).some((bounds) =>
    bounds.every(([op, version]) => {
      const right = parseVersion(version) ?? "";
      if (op === "semverEq") return left === right;
      if (op === "semverLt" || op === "semverLte") return left < right || (op === "semverLte" && left === right);
      return left > right || (op === "semverGte" && left === right);
    }),
  );
}
