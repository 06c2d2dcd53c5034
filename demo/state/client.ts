import { createRolleaseClient } from "rollease/client";
import { cuttableFetch } from "./network-switch";
import { rememberVisitor, toContext, useVisitor } from "./visitor";
import type { Visitor } from "./visitor";

/** The one client of the page. Its ruleset also lies in localStorage, so that a reload paints the right page first. */
export const client = createRolleaseClient({
  baseUrl: "/api/rollease",
  context: toContext(useVisitor.getState()),
  streaming: true,
  localStorage: true,
  flushIntervalMs: 2000,
  fetch: cuttableFetch,
});

export function becomeVisitor(visitor: Visitor): Promise<void> {
  rememberVisitor(visitor);
  return client.identify(toContext(visitor));
}
