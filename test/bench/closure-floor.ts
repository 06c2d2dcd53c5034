import type { FlagContext } from "../../src/model/context";
import { answer, bucket, split, type Answer } from "./floor";
import type { Kind } from "./definitions";

type Condition = (context: FlagContext) => boolean;

interface Rule {
  readonly id: string;
  readonly conditions: readonly Condition[];
}

/** Reads what a definition names: a field of the context, else an attribute. */
function read(context: FlagContext, name: string): unknown {
  return (context as Readonly<Record<string, unknown>>)[name] ?? context.attributes?.[name];
}

const STAFF: readonly unknown[] = ["internal", "beta"];

/** Made anew for every flag, as each flag of a ruleset brings its own. */
function makeRules(): Rule[] {
  return [
    {
      id: "r1",
      conditions: [(context) => read(context, "region") === "EU", (context) => read(context, "plan") === "enterprise"],
    },
    {
      id: "r2",
      conditions: [(context) => STAFF.includes(read(context, "userType")), (context) => (read(context, "age") as number) >= 90],
    },
    {
      id: "r3",
      conditions: [(context) => read(context, "region") === "EU", (context) => read(context, "plan") === "pro"],
    },
  ];
}

/**
 * The same decisions with one closure for each condition, written out by hand, and rules that are lists of them: what a
 * compiler to closures comes to when it does nothing more than an answer needs. Attributes are looked up by their name,
 * and values have the type that is expected of them.
 */
export function closureFloorOf(kind: Kind, key: string): Answer {
  if (kind === "static") return () => answer(key, true, null, true, "default", null);
  if (kind === "split") return (context) => split(key, context);
  const rules = kind === "rules" ? makeRules() : makeRules().slice(0, 2);
  return (context) => {
    for (const { id, conditions } of rules)
      if (holdAll(conditions, context)) return answer(key, true, null, true, "rule_match", id);
    if (kind === "rollout") {
      const { userId } = context;
      if (userId !== undefined && bucket(userId, key) < 50) return answer(key, true, null, true, "percentage", null);
    }
    return answer(key, false, null, false, "default", null);
  };
}

function holdAll(conditions: readonly Condition[], context: FlagContext): boolean {
  for (const holds of conditions) if (!holds(context)) return false;
  return true;
}
