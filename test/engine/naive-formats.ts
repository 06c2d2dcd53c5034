import type { Coercion } from "../../src/model/condition";

/** Numbers, and text that `Number` takes for one, space around it or not; nothing else. */
export function number(value: unknown): number | undefined {
  if (typeof value === "string" && /^\s*$/.test(value)) return undefined;
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  return Number.isNaN(+value) ? undefined : +value;
}

/** Milliseconds since 1970. Text without a zone is UTC. */
export function date(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (value instanceof Date) return value.getTime();
  if (typeof value !== "string") return undefined;
  const [, day, time = "00:00", zone = "Z"] =
    /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(value) ?? [];
  const instant = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(instant) ? undefined : instant;
}

interface Version {
  readonly core: readonly number[];
  readonly pre: readonly string[];
}

/** Versions as semver.org has them, and with a `v` in front or without minor and patch numbers. */
export function version(value: unknown): Version | undefined {
  if (typeof value !== "string" || !/^v?\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.test(value)) return undefined;
  const [main = "", ...pre] = (value.replace(/^v/, "").split("+")[0] ?? "").split("-");
  const core = main.split(".").map(Number);
  return { core: [core[0] ?? 0, core[1] ?? 0, core[2] ?? 0], pre: pre.length === 0 ? [] : pre.join("-").split(".") };
}

/** Below zero where `a` comes first. */
export function versionOrder(a: Version, b: Version): number {
  for (let i = 0; i < 3; i++) if (a.core[i] !== b.core[i]) return (a.core[i] as number) - (b.core[i] as number);
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  for (let i = 0; i < Math.max(a.pre.length, b.pre.length); i++) {
    const [x, y] = [a.pre[i], b.pre[i]];
    if (x === y) continue;
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const digits = [x, y].map((each) => /^\d+$/.test(each));
    if (digits[0] && digits[1]) return Number(x) - Number(y);
    if (digits[0] !== digits[1]) return digits[0] ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return 0;
}

/** An address as its family's number of bits and its value. */
function address(text: unknown): readonly [bits: number, value: bigint] | undefined {
  if (typeof text !== "string") return undefined;
  const v4 = /^(?:::ffff:)?(\d+)\.(\d+)\.(\d+)\.(\d+)$/i.exec(text);
  if (v4) return [32, v4.slice(1).reduce((sum, part) => sum * 256n + BigInt(part), 0n)];
  if (!/^[0-9a-f:]+$/i.test(text) || !text.includes(":")) return undefined;
  const [head = [], tail = []] = text.split("::").map((half) => half.split(":").filter(Boolean));
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  return [128, [...head, ...zeros, ...tail].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n)];
}

/** Whether the address is in the network; `undefined` where the network is none. */
export function inNetwork(ip: unknown, network: unknown): boolean | undefined {
  const [base, length] = typeof network === "string" ? network.split("/") : [];
  const from = address(base);
  if (!from || Number(length ?? from[0]) > from[0]) return undefined;
  const at = address(ip);
  const shift = BigInt(from[0] - Number(length ?? from[0]));
  return at !== undefined && at[0] === from[0] && at[1] >> shift === from[1] >> shift;
}

const STRICT_VERSION = // As semver.org suggests.
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

/** Converts a present value; `undefined` makes it missing. */
export function convert(as: Coercion, value: unknown): unknown {
  switch (as) {
    case "string":
      return typeof value === "string" ? value : JSON.stringify(value);
    case "number":
      return number(value);
    case "boolean":
      return [true, false].find((each) => value === each || value === String(each));
    case "only-string":
    case "only-number":
    case "only-boolean":
      return `only-${typeof value}` === as ? value : undefined;
    case "size":
      return typeof value === "string" || Array.isArray(value) ? value.length : undefined;
    case "semver":
      return typeof value === "string" && STRICT_VERSION.test(value) ? value : undefined;
    case "semver-loose":
      return version(value) && value;
    case "rfc3339":
      return typeof value === "string" ? date(value) : undefined;
  }
}
