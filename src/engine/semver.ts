const VERSION = /^(v?)(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([\da-z.-]+))?(?:\+[\da-z-]+(?:\.[\da-z-]+)*)?$/i;
const LOOSE_PART = /^(0\d+)?$/;

/**
 * Reads a version into text whose order is the precedence of semver.org 2.0.0, section 11. Loosely, a leading `v`,
 * missing minor and patch numbers, leading zeros and empty parts are allowed.
 */
export function parseVersion(text: unknown, loose = false): string | undefined {
  if (typeof text !== "string" || text.length > 256) return undefined;
  const [, v, major, minor = "0", patch, preRelease] = VERSION.exec(text) ?? [];
  if (major === undefined) return undefined;
  const parts = [major, minor, patch ?? "0", ...(preRelease?.split(".") ?? [])];
  if (!loose && (v || patch === undefined || parts.some((part) => LOOSE_PART.test(part)))) return undefined;
  // Numbers sort before other text, and what follows the numbers of a release past every pre-release.
  const sortable = parts.map((part) => (/^\d+$/.test(part) ? part.padStart(256, "0") : `a${part}`));
  return [...sortable, preRelease === undefined ? "b" : ""].join("\0");
}
