import { compileDimension } from "../engine/dimension";
import { beginCall, createSession } from "../engine/session";
import type { EngineOptions } from "../engine/types";
import type { FlagContext } from "../model/context";
import { toBase64 } from "../protocol/digests";

/**
 * Adds to a context the digests of what it holds. An attribute that it does not hold has none.
 *
 * @param rules As a pull answers them: the salt, and what is digested.
 */
export async function withDigests(context: FlagContext, rules: string): Promise<FlagContext> {
  const [salt, ...attributes] = rules.split("\n") as [string, ...string[]];
  const session = beginCall(createSession({} as EngineOptions), context);
  const digests: Record<string, readonly string[]> = {};
  for (const name of attributes) {
    const made: string[] = (digests[name] = []);
    for (const value of [compileDimension(name)(session) ?? []].flat()) {
      // The texts of `digestTexts`, which is spelled out here for the sake of its size.
      const text = JSON.stringify([salt, name, value]);
      for (const each of [text, text.toLowerCase() + "i"])
        made.push(toBase64(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(each))));
    }
  }
  return { ...context, attributes: { ...context.attributes, $: digests } };
}
