import { ConfigurationError } from "../errors";

/** Whether something has all of these methods. */
export function hasMethods(what: unknown, names: readonly string[]): boolean {
  if (typeof what !== "object" || what === null) return false;
  return names.every((name) => typeof (what as Readonly<Record<string, unknown>>)[name] === "function");
}

/** @throws ConfigurationError that names the argument, or where it came from */
export function requireMethods(argument: string, what: unknown, names: readonly string[]): void {
  if (!hasMethods(what, names)) throw new ConfigurationError(`${argument}: must have ${names.join(" and ")}.`);
}
