/**
 * Text whose order is that of GrowthBook's versions: numbers are padded, and a release of three parts comes after its
 * pre-releases. What is no version counts as 0.
 */
export function paddedVersion(version: unknown): string {
  const text = (typeof version === "string" || typeof version === "number" ? String(version) : "") || "0";
  const parts = text.replace(/(^v|\+.*$)/g, "").split(/[-.]/);
  if (parts.length === 3) parts.push("~");
  return parts.map((part) => (/^\d+$/.test(part) ? part.padStart(5, " ") : part)).join("-");
}
