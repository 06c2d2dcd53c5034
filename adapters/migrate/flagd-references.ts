import type { Logic } from "./flagd-document";

/** Every operation that the engine behind flagd's SDK knows: with any other in it, a rule cannot be read at all. */
const OPERATIONS: ReadonlySet<string> = new Set(
  (
    "+ - * / % throw max min in preserve if < <= > >= == === != !== or ?? try and substr length exists val map some all none " +
    "merge filter reduce ! !! not cat keys pipe eachKey get var missing missing_some starts_with ends_with sem_ver fractional"
  ).split(" "),
);
/** Evaluators that are asked for again and again could grow without end. */
const MAX_PARTS = 20_000;

/**
 * Puts evaluators in the place of what refers to them. `undefined` for a rule that flagd cannot read either: it asks for an
 * evaluator that there is not, or for itself, or for an operation that is unknown.
 */
export function resolveReferences(logic: Logic, evaluators: ReadonlyMap<string, Logic>): Logic | undefined {
  let parts = 0;
  let isBroken = false;

  function resolve(part: Logic, above: readonly string[]): Logic {
    if (++parts > MAX_PARTS) isBroken = true;
    if (isBroken || typeof part !== "object" || part === null) return part;
    if (Array.isArray(part)) return part.map((each) => resolve(each as Logic, above));
    const entries = Object.entries(part as Readonly<Record<string, Logic>>);
    const [entry] = entries;
    if (!entry) return part;
    const [name, given] = entry;
    const evaluator = name === "$ref" && typeof given === "string" && !above.includes(given) ? evaluators.get(given) : undefined;
    if (evaluator !== undefined && entries.length === 1) return resolve(evaluator, [...above, given as string]);
    if (entries.length > 1 || !OPERATIONS.has(name)) isBroken = true;
    return { [name]: name === "preserve" ? given : resolve(given, above) };
  }

  const resolved = resolve(logic, []);
  return isBroken ? undefined : resolved;
}
