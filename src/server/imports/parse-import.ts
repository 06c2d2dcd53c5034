import { ValidationError, type ValidationIssue } from "../../errors";
import { type FlagDefinition, parseFlag } from "../../model/parse-flag";
import { type LayerDefinition, parseLayer } from "../../model/parse-layer";
import { parseSegment, type SegmentDefinition } from "../../model/parse-segment";
import { isRecord } from "../../model/schema";
import type { CheckEvaluable } from "../check-evaluable";
import type { Settings } from "../config";
import { livesIn } from "../environment";

/** Definitions that can be written, by key, and where in the input each was. */
export interface ParsedImport {
  readonly flags: ReadonlyMap<string, Parsed<FlagDefinition>>;
  readonly segments: ReadonlyMap<string, Parsed<SegmentDefinition>>;
  readonly layers: ReadonlyMap<string, Parsed<LayerDefinition>>;
}

export interface Parsed<T> {
  readonly path: string;
  readonly definition: T;
}

/** What the server keeps of a definition by itself; a snapshot has it, and an import goes without. */
const KEPT = new Set(["version", "createdAt", "updatedAt", "locked", "lockedReason"]);
/** So many definitions are read until others run. */
const AT_A_TIME = 100;
/** More faults help nobody. */
const MOST_ISSUES = 100;

/** Reads a whole import, each definition by itself. @throws ValidationError that names the faults of all */
export async function parseImport(
  input: unknown,
  { environment, clock }: Pick<Settings, "environment" | "clock">,
  check: CheckEvaluable,
): Promise<ParsedImport> {
  if (!isRecord(input)) throw new ValidationError([{ path: "", message: "must be an object" }]);
  const lists: Readonly<Record<string, unknown>> = input;
  const issues: ValidationIssue[] = [];
  const at = new Date(0).toISOString();
  const stamps = { version: 1, createdAt: at, updatedAt: at };
  let read = 0;

  async function readAll<T extends { readonly key: string }>(
    field: keyof ParsedImport,
    readOne: (one: unknown) => Promise<T>,
  ): Promise<ReadonlyMap<string, Parsed<T>>> {
    const parsed = new Map<string, Parsed<T>>();
    const list = lists[field] ?? [];
    if (!Array.isArray(list)) issues.push({ path: field, message: "must be a list" });
    else
      for (const [i, one] of list.entries()) {
        const path = `${field}[${i}]`;
        if (++read % AT_A_TIME === 0) await new Promise<void>((resolve) => void clock.setTimer(resolve, 0, true));
        await locating(issues, path, async () => {
          const definition = await readOne(isRecord(one) ? withoutKept(one) : one);
          if (parsed.has(definition.key)) throw new ValidationError([{ path: "key", message: "is there twice" }]);
          parsed.set(definition.key, { path, definition });
        });
      }
    return parsed;
  }

  const newRuleId = (): string => crypto.randomUUID();
  const segments = await readAll("segments", async (one) => {
    const definition = parseSegment(one, { isNew: false });
    await check({ segment: { ...definition, ...stamps } });
    return definition;
  });
  const flags = await readAll("flags", async (one) => {
    const definition = parseFlag(one, { isNew: false, newRuleId });
    if (!livesIn({ ...definition, ...stamps }, environment))
      throw new ValidationError([{ path: "environment", message: `this server is confined to "${environment}"` }]);
    await check({ flag: { ...definition, ...stamps } });
    return definition;
  });
  const layers = await readAll("layers", async (one) => parseLayer(one, { isNew: false }));
  assertNone(issues);
  return { flags, segments, layers };
}

/** Does a piece of work, and notes what is wrong with it. */
export async function locating(issues: ValidationIssue[], path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    issues.push(...error.issues.map((issue) => ({ ...issue, path: issue.path === "" ? path : `${path}.${issue.path}` })));
  }
}

/** @throws ValidationError */
export function assertNone(issues: readonly ValidationIssue[]): void {
  if (issues.length === 0) return;
  const more = issues.length - MOST_ISSUES;
  const rest = more > 0 ? [{ path: "", message: `${more} more faults` }] : [];
  throw new ValidationError([...issues.slice(0, MOST_ISSUES), ...rest]);
}

function withoutKept(one: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(one).filter(([name]) => !KEPT.has(name)));
}
