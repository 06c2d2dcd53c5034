/** Attributes that are sent as digests: what the command line says, else `ROLLEASE_HASHED_ATTRIBUTES`, with commas between. */
export function hashedAttributesOf(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return (given ?? env["ROLLEASE_HASHED_ATTRIBUTES"] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
