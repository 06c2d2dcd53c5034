/**
 * Gives up what is under way. While a definition is compiled, `message` says what about the part at hand is wrong, and
 * disables the one definition; while it is evaluated, it makes that one evaluation answer the caller's default.
 */
export function fail(message: string): never {
  throw new Error(message);
}
