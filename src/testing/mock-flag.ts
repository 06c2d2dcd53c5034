import { ValidationError } from "../errors";
import type { FlagType } from "../model/flag";
import type { JsonValue } from "../model/json";
import { isRecord } from "../model/schema";
import type { FlagInput } from "../server/types";

/** A value that everybody gets; or one with its type, and whether the flag is on. An object that has no `value` is a JSON value itself. */
export type MockFlag =
  | JsonValue
  | {
      readonly value: JsonValue;
      /** @defaultValue the value's own */
      readonly type?: FlagType;
      /** Off, a flag answers its value, too, with `enabled: false`. @defaultValue true */
      readonly enabled?: boolean;
    };

/** @throws ValidationError for what is no flag */
export function toFlagInput(key: string, flag: MockFlag): FlagInput {
  const described = isRecord(flag) && "value" in flag ? flag : { value: flag };
  const {
    value,
    type = typeOf(value),
    enabled = true,
  } = described as {
    value: JsonValue;
    type?: FlagType;
    enabled?: boolean;
  };
  if (value === undefined) throw new ValidationError([{ path: `flags.${key}.value`, message: "is required" }]);
  return {
    key,
    type,
    defaultValue: value,
    ...(!enabled && { status: "archived", offValue: type === "boolean" ? false : value }),
  };
}

function typeOf(value: JsonValue): FlagType {
  if (typeof value === "boolean" || typeof value === "number" || typeof value === "string") return typeof value as FlagType;
  return "json";
}
