import type { ExposedAttribute, Exposure } from "./exposure";

/** Values past this are counted, and not named. */
const MAX_VALUES = 8;

/** Says in words what a key reveals, a line for each thing. */
export function describeExposure({ key, flags, segments, layers, attributes, overrides }: Exposure): string {
  const { kind, name, environment, origins, revokedAt } = key;
  const place = environment === undefined ? "every environment" : `"${environment}"`;
  const pages = kind === "server" ? "" : `, for pages of ${origins ? origins.join(", ") : "any origin"}`;
  const holder = kind === "client" ? "verybody who opens a page with it" : "very program that holds it";
  const namesOf = (as: Exposure["flags"][number]["as"]): string[] =>
    flags.filter((flag) => flag.as === as).map(({ key: flag, status }) => (status === "active" ? flag : `${flag} (${status})`));
  const needed = namesOf("prerequisite");
  const lines = [
    `The ${kind} key "${name}" is for ${place}${pages}.`,
    revokedAt === undefined ? `E${holder} can read:` : `It is revoked since ${revokedAt}. Before, e${holder} could read:`,
    `  ${listOf("flag", namesOf("whole"))}`,
    ...(needed.length > 0 ? [`  ${listOf("flag", needed, " that others need, as far as they do")}`] : []),
    `  ${listOf("segment", segments)}`,
    `  ${listOf("layer", layers)}`,
    ...(attributes.length > 0 ? ["  what users are compared with:"] : []),
    ...attributes.map((each) => `    ${each.name}: ${comparisonsOf(each)}; asked by ${each.askedBy.join(", ")}`),
    ...overrides.plain.map(({ scope, id }) => `  that the ${scope} "${id}" has an override, in plain`),
    ...(overrides.digested === 1 ? ["  1 override, as a digest of whom it is for"] : []),
    ...(overrides.digested > 1 ? [`  ${overrides.digested} overrides, as digests of whom they are for`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function listOf(what: string, names: readonly string[], more = ""): string {
  if (names.length === 0) return `no ${what}`;
  return `${names.length} ${what}${names.length === 1 ? "" : "s"}${more}: ${names.join(", ")}`;
}

function comparisonsOf({ plain, digested }: ExposedAttribute): string {
  const named = plain.slice(0, MAX_VALUES).map((value) => JSON.stringify(value));
  if (plain.length > MAX_VALUES) named.push(`${plain.length - MAX_VALUES} more`);
  const parts = [
    ...(plain.length > 0 ? [`with ${named.join(", ")}, in plain`] : []),
    ...(digested > 0 ? [`with ${digested} value${digested === 1 ? "" : "s"}, as digests`] : []),
  ];
  return parts.join(", and ") || "with no value";
}
