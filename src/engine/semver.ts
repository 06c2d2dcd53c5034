/** A version cut into what precedence compares: three numbers, then the identifiers of the pre-release. */
type Version = readonly string[];

const LOOSE = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([\w.-]+))?(?:\+[\w.-]+)?$/;
const STRICT =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-z-][a-z\d-]*)(\.(0|[1-9]\d*|\d*[a-z-][a-z\d-]*))*)?(\+[a-z\d-]+(\.[a-z\d-]+)*)?$/i;

/** Reads a version by semver.org 2.0.0; loosely, a leading `v` and missing minor and patch numbers are allowed. */
export function parseVersion(text: unknown, loose: boolean): Version | undefined {
  if (typeof text !== "string" || text.length > 256 || !(loose || STRICT.test(text))) return undefined;
  const match = LOOSE.exec(text);
  return match ? [...match.slice(1, 4).map((part) => part ?? "0"), ...(match[4]?.split(".") ?? [])] : undefined;
}

/** Precedence by semver.org 2.0.0, section 11: negative, zero or positive. */
export function compareVersions(a: Version, b: Version): number {
  for (let i = 0; i < 3; i++) {
    const order = compareParts(a[i] as string, b[i] as string);
    if (order) return order;
  }
  if (a.length === 3 || b.length === 3) return b.length - a.length;
  for (let i = 3; i < a.length && i < b.length; i++) {
    const order = compareParts(a[i] as string, b[i] as string);
    if (order) return order;
  }
  return a.length - b.length;
}

/** Numbers before text; numbers as `BigInt`, so that those past 2^53 keep their order. */
function compareParts(a: string, b: string): number {
  const [x, y] = [a, b].map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)) as [bigint | string, bigint | string];
  if (typeof x !== typeof y) return typeof x === "bigint" ? -1 : 1;
  return x < y ? -1 : Number(x > y);
}
