const VERSION = /^(v?)(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([\da-z.-]+))?(?:\+[\da-z-]+(?:\.[\da-z-]+)*)?$/i;
const STRICT_PART = /^(0|[1-9]\d*|\d*[a-z-][\da-z-]*)$/i;

/**
 * Reads a version into text whose order is the precedence of semver.org 2.0.0, section 11. Loosely, a leading `v` and
 * missing minor and patch numbers are allowed.
 */
export function parseVersion(text: unknown, loose: boolean): string | undefined {
  if (typeof text !== "string" || text.length > 256) return undefined;
  const [, v, major, minor = "0", patch, preRelease] = VERSION.exec(text) ?? [];
  if (major === undefined) return undefined;
  const parts = [major, minor, patch ?? "0", ...(preRelease?.split(".") ?? [])];
  if (!loose && (v || patch === undefined || !parts.every((part) => STRICT_PART.test(part)))) return undefined;
  const sortable = parts.map((part) => {
    const digits = /^0*(\d+)$/.exec(part)?.[1];
    // Numbers sort before other text, and by how many digits they have before the digits themselves.
    return digits === undefined ? `1${part}` : `0${String.fromCharCode(digits.length)}${digits}`;
  });
  // What follows the numbers of a release sorts past every pre-release.
  return (preRelease === undefined ? [...sortable, "2"] : sortable).join("\0");
}
