const LOOSE = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([\w.-]+))?(?:\+[\w.-]+)?$/;
const STRICT =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-z-][a-z\d-]*)(\.(0|[1-9]\d*|\d*[a-z-][a-z\d-]*))*)?(\+[a-z\d-]+(\.[a-z\d-]+)*)?$/i;

/**
 * Reads a version into text whose order is the precedence of semver.org 2.0.0, section 11. Loosely, a leading `v` and
 * missing minor and patch numbers are allowed.
 */
export function parseVersion(text: unknown, loose: boolean): string | undefined {
  if (typeof text !== "string" || text.length > 256 || !(loose || STRICT.test(text))) return undefined;
  const [match, major, minor = "0", patch = "0", preRelease] = LOOSE.exec(text) ?? [];
  if (match === undefined) return undefined;
  const parts = [major as string, minor, patch, ...(preRelease?.split(".") ?? [])].map(sortable);
  // What follows the numbers of a release sorts past every pre-release.
  return (preRelease === undefined ? [...parts, "2"] : parts).join("\0");
}

/** Numbers sort before other text, and by how many digits they have before the digits themselves. */
function sortable(part: string): string {
  const digits = /^0*(\d+)$/.exec(part)?.[1];
  return digits === undefined ? `1${part}` : `0${String.fromCharCode(digits.length)}${digits}`;
}
