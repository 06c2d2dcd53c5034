import type { Condition, Dimension } from "../../src/model/condition";
import { attributeAt } from "./attribute-at";
import { leaf, not } from "./conditions";

const USER = "user";
const INVALID = /\/\/|(^\/.*~[^01])|~$/;
const WITHIN_LIST = /^(\d+|length)$/;

/** Where rollease's context has what an attribute of a context of some kind is. */
export interface Attribute {
  readonly dimension: Dimension;
  /**
   * What else has to hold for that to be the attribute. A user's attributes stand beside the other kinds, and a list has a
   * property that no reference reaches.
   */
  readonly guards: readonly Condition[];
  /** It is the key, which is text whenever it is there. */
  readonly isKey: boolean;
}

/**
 * Finds the attribute that a reference names, in the context of a kind: a plain name where no kind was given, else
 * `name` or `/path/to/it` with `~1` for a slash and `~0` for a tilde. `undefined` for a reference that is none.
 */
export function findAttribute(reference: string, contextKind: string | undefined): Attribute | undefined {
  const path = contextKind ? parseReference(reference) : reference === "" ? undefined : [reference];
  const [name] = path ?? [];
  if (path === undefined || name === undefined) return undefined;
  if (path.length === 1 && name === "kind") return { dimension: "kind", guards: [], isKey: false };
  const kind = contextKind || USER;
  const isKey = path.length === 1 && name === "key";
  if (kind !== USER) return { dimension: [kind, ...path], guards: [hasKind(kind), ...outsideLists([kind, ...path])], isKey };
  if (isKey) return { dimension: "userId", guards: [], isKey };
  // Another kind of the same name would stand where the user's attribute is looked for.
  return { dimension: attributeAt(path), guards: [leaf("kind", "neq", name), ...outsideLists(path)], isKey };
}

/** The key of the context of a kind. */
export function keyOf(contextKind: string | undefined): Attribute {
  return findAttribute("key", contextKind || USER) as Attribute;
}

function hasKind(kind: string): Condition {
  return leaf("kind", "eq", kind);
}

function parseReference(reference: string): string[] | undefined {
  if (reference === "" || reference === "/" || INVALID.test(reference)) return undefined;
  const path = reference.startsWith("/")
    ? reference
        .slice(1)
        .split("/")
        .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    : [reference];
  return path[0] === "_meta" ? undefined : path;
}

function outsideLists(path: readonly string[]): Condition[] {
  return path.flatMap((name, i) =>
    i > 0 && WITHIN_LIST.test(name) ? [not(leaf(attributeAt(path.slice(0, i)), "type", "array"))] : [],
  );
}
