import type { JsonValue } from "../../src/model/json";
import { toJsonFields } from "./context";
import { ResolutionError } from "./resolution-error";
import type { ProviderOptions } from "./types";

export interface Tracked {
  readonly value?: number;
  readonly metadata?: Readonly<Record<string, JsonValue>>;
}

/** An event's details: its number, and everything else. @throws ResolutionError where they are none */
export function toTracked({ value, ...rest }: Readonly<Record<string, unknown>> = {}): Tracked {
  if (value !== undefined && !Number.isFinite(value)) throw new ResolutionError("GENERAL", "The event's value is no number.");
  const metadata = toJsonFields(rest);
  return { ...(value !== undefined && { value: value as number }), ...(Object.keys(metadata).length > 0 && { metadata }) };
}

/** Where errors go that nobody waits for. */
export function reportTo({ onError }: Pick<ProviderOptions<unknown>, "onError">): (error: unknown) => void {
  return onError ?? ((error) => console.error("[rollease]", error));
}
