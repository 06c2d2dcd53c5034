import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createEvaluator, type FlagContext } from "rollease";
import { algorithms, type Imported } from "rollease/migrate";
import { prepareFixture } from "../../support/fixture";

interface Answer {
  readonly value?: unknown;
  readonly variant: string | null;
  readonly enabled?: boolean;
}
export type Ask = (key: string, context: FlagContext, now?: Date) => Answer;
export type Sdks = Readonly<Record<"unleash" | "growthBook" | "eppo", (document: unknown) => Ask>>;

/** When everything is asked. */
export const now = new Date("2026-03-01T00:00:00Z");

/** The products' own SDKs. Nobody but these tests needs them, so they are installed by themselves. */
export async function openSourceSdks(): Promise<Sdks> {
  const folder = await prepareFixture("source-sdks");
  return ((await import(pathToFileURL(join(folder, "fixture.mjs")).href)) as { sdks: Sdks }).sdks;
}

/** What was imported, written to JSON and read back. */
export function imported({ snapshot }: Imported): Ask {
  const evaluator = createEvaluator(JSON.parse(JSON.stringify(snapshot)) as typeof snapshot, { algorithms });
  return (key, context) => {
    const { value, variant, enabled } = evaluator.evaluate(key, context, { defaultValue: null, now });
    return { value, variant, enabled };
  };
}
