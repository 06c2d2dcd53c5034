import type { FlagKey, FlagResult, FlagResults, Rollease, VariantResult } from "rollease";
import { createSyncHandler, serve } from "rollease/server";

const context = { userId: "u1" };

export async function everyAnswerHasTheTypeOfTheKey({ flags }: Rollease): Promise<void> {
  exactly<boolean>()(await flags.isEnabled("dark-mode", context));
  exactly<number>()(await flags.getValue("max-items", context));
  exactly<number>()(await flags.getValue("max-items", context, 10));
  exactly<VariantResult<"control" | "one-page">>()(await flags.getVariant("checkout", context));
  exactly<FlagResult<boolean>>()(await flags.evaluate("dark-mode", context));
  exactly<FlagResult<{ readonly text: string }>>()(await flags.evaluate("banner", context, { defaultValue: { text: "" } }));
  exactly<FlagResult<number> | undefined>()((await flags.evaluateAll(context))["max-items"]);
  exactly<FlagResults>()(await flags.evaluateAll(context));
}

export async function anUnknownKeyIsAnError({ flags }: Rollease): Promise<void> {
  // @ts-expect-error No such flag.
  await flags.isEnabled("dark-mod", context);
  // @ts-expect-error No such flag.
  await flags.getValue("max-itms", context);
  // @ts-expect-error No such flag.
  await flags.getVariant("check-out", context);
  // @ts-expect-error No such flag.
  await flags.evaluate("dark-mod", context);
  // @ts-expect-error No such flag.
  void (await flags.evaluateAll(context))["dark-mod"];
}

export async function aDefaultOfAnotherTypeIsAnError({ flags }: Rollease): Promise<void> {
  // @ts-expect-error A number is wanted.
  await flags.getValue("max-items", context, "ten");
  // @ts-expect-error No such variant.
  await flags.evaluate("checkout", context, { defaultValue: "two-pages" });
}

export async function changesTakeAnyKey({ flags }: Rollease, key: string): Promise<void> {
  await flags.create({ key: "not-yet-registered", type: "boolean", defaultValue: false });
  await flags.update("not-yet-registered", { description: "Soon." });
  await flags.kill(key);
  await flags.getHistory({ flagKey: key });
  await flags.isEnabled(key as FlagKey, context);
}

export async function aServerByItselfIsTypedToo(rollease: Rollease): Promise<void> {
  createSyncHandler(rollease);
  const { rl } = await serve({ rl: rollease });
  exactly<number>()(await rl.flags.getValue("max-items", context));
  // @ts-expect-error No such flag.
  await rl.flags.getValue("max-itms", context);
}
