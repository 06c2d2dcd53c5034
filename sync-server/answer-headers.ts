import type { Clock } from "../src/ports/clock";
import { HEADERS } from "../src/protocol/wire";

/** What every answer says. */
export function answerHeaders({ clock }: { readonly clock: Pick<Clock, "now"> }): Readonly<Record<string, string>> {
  return { [HEADERS.time]: String(clock.now()), "x-content-type-options": "nosniff" };
}
