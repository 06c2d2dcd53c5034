/** A version cut into what precedence compares: three numbers, then the identifiers of the pre-release. */
export interface Version {
  readonly numbers: readonly (string | undefined)[];
  readonly preRelease: readonly string[];
}

const NUMBER = "(0|[1-9]\\d*)";
const REST =
  "(?:-((?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$";
const STRICT = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}${REST}`);
const LOOSE = new RegExp(`^v?${NUMBER}(?:\\.${NUMBER})?(?:\\.${NUMBER})?${REST}`);

/** Reads a version by semver.org 2.0.0; loosely, a leading `v` and missing minor and patch numbers are allowed. */
export function parseVersion(text: unknown, loose: boolean): Version | undefined {
  if (typeof text !== "string" || text.length > 256) return undefined;
  const match = (loose ? LOOSE : STRICT).exec(text.trim());
  return match ? { numbers: match.slice(1, 4), preRelease: match[4]?.split(".") ?? [] } : undefined;
}

/** Precedence by semver.org 2.0.0, section 11: negative, zero or positive. */
export function compareVersions(a: Version, b: Version): number {
  for (let i = 0; i < 3; i++) {
    const order = compareNumbers(a.numbers[i] ?? "0", b.numbers[i] ?? "0");
    if (order !== 0) return order;
  }
  if (a.preRelease.length === 0 || b.preRelease.length === 0) return b.preRelease.length - a.preRelease.length;
  for (let i = 0; i < Math.min(a.preRelease.length, b.preRelease.length); i++) {
    const order = compareIdentifiers(a.preRelease[i] as string, b.preRelease[i] as string);
    if (order !== 0) return order;
  }
  return a.preRelease.length - b.preRelease.length;
}

function compareIdentifiers(a: string, b: string): number {
  const numericA = /^\d+$/.test(a);
  const numericB = /^\d+$/.test(b);
  if (numericA && numericB) return compareNumbers(a, b);
  if (numericA !== numericB) return numericA ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares as text, so that numbers past 2^53 keep their order; neither has leading zeros. */
function compareNumbers(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
