import type { FlagContext } from "../../src/model/context";
import { NAMED_FIELDS } from "../../src/model/context";
import type { FlagEvaluationSource } from "./events";

export interface Answer {
  readonly result: boolean;
  readonly source: FlagEvaluationSource;
}

/** Past this the oldest answers make room. */
const MAX_ANSWERS = 10_000;

export interface AnswerCache {
  /** The kept answer, or else that of `find`, which is kept unless the cache is cleared while it is looked for. */
  answer(key: string, context: FlagContext, find: () => Promise<Answer>): Promise<Answer & { readonly cached: boolean }>;
  clear(): void;
}

/** Keeps answers for `ttlMs`, in order of their age. */
export function createAnswerCache(ttlMs: number, now: () => number): AnswerCache {
  const kept = new Map<string, { readonly answer: Answer; readonly until: number }>();
  let age = 0;
  return {
    async answer(key, context, find) {
      const id = ttlMs > 0 ? identify(key, context) : undefined;
      if (id === undefined) return { ...(await find()), cached: false };
      const known = kept.get(id);
      if (known && now() < known.until) return { ...known.answer, cached: true };
      const [began, until] = [age, now() + ttlMs];
      const answer = await find();
      if (began === age) {
        kept.delete(id);
        kept.set(id, { answer, until });
        const [oldest] = kept.size > MAX_ANSWERS ? kept.keys() : [];
        if (oldest !== undefined) kept.delete(oldest);
      }
      return { ...answer, cached: false };
    },
    clear() {
      age++;
      kept.clear();
    },
  };
}

/** What tells a question from others. One with attributes, which may be anything, is not told, and so not kept. */
function identify(key: string, { attributes, segments, ...fields }: FlagContext): string | undefined {
  return attributes ? undefined : JSON.stringify([key, ...NAMED_FIELDS.map((name) => fields[name] ?? null), segments]);
}
