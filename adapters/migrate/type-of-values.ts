import type { Flag } from "../../src/model/flag";

/** The type of a flag that serves these values. */
export function typeOfValues(values: readonly unknown[]): Flag["type"] {
  const [type] = values.map((each) => typeof each);
  const isOne = values.every((each) => typeof each === type);
  return isOne && (type === "boolean" || type === "string" || type === "number") ? type : "json";
}
