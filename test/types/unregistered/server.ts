import type { FlagResult, Rollease, VariantResult } from "rollease";
import { serve } from "rollease/server";

const context = { userId: "u1" };

export async function anyKeyIsTaken({ flags }: Rollease, key: string): Promise<void> {
  exactly<boolean>()(await flags.isEnabled("new-checkout", context));
  const unknown = await flags.getValue("max-items", context);
  exactly<unknown>()(unknown);
  const variant = await flags.getVariant("pricing-experiment", context);
  exactly<VariantResult>()(variant);
  const result = await flags.evaluate("new-checkout", context);
  exactly<FlagResult>()(result);
  const all = await flags.evaluateAll(context);
  exactly<Record<string, FlagResult>>()(all);
  await flags.evaluate(key, context, { trace: true });
}

export async function theCallerSaysTheTypeOrTheDefaultDoes({ flags }: Rollease): Promise<void> {
  const said = await flags.getValue<number>("max-items", context);
  exactly<number>()(said);
  const inferred = await flags.getValue("theme", context, "dark");
  exactly<string>()(inferred);
  const variant = await flags.getVariant<string>("pricing-experiment", context);
  exactly<VariantResult<string>>()(variant);
  const result = await flags.evaluate("max-items", context, { defaultValue: 10 });
  exactly<FlagResult<number>>()(result);
  // @ts-expect-error The default is of the type that was said.
  await flags.getValue<number>("max-items", context, "ten");
}

export async function aServerByItselfTakesAnyKeyToo(rollease: Rollease): Promise<void> {
  const { rl } = await serve({ rl: rollease });
  const said = await rl.flags.getValue<string>("theme", {});
  exactly<string>()(said);
}
