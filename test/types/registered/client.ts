import { createRolleaseClient } from "rollease/client";
import type { FlagKey, FlagResult, RolleaseClient } from "rollease/client";

export function everyAnswerHasTheTypeOfTheKey(client: RolleaseClient): void {
  exactly<number>()(client.flag("max-items", 10));
  exactly<"control" | "one-page">()(client.flag("checkout", "control"));
  exactly<{ readonly text: string }>()(client.flag("banner", { text: "" }));
  exactly<FlagResult<number>>()(client.evaluate("max-items"));
  exactly<FlagResult<boolean>>()(client.evaluate("dark-mode", { trace: true, defaultValue: false }));
  exactly<number | undefined>()(client.flags()["max-items"]);
  exactly<boolean | undefined>()(client.flagDetails()["dark-mode"]?.value);
  client.onFlagChange("max-items", (value) => exactly<number | undefined>()(value));
  createRolleaseClient({ baseUrl: "/", onFlagsChange: (flags) => exactly<boolean | undefined>()(flags["dark-mode"]) });
}

export function anUnknownKeyIsAnError(client: RolleaseClient): void {
  // @ts-expect-error No such flag.
  client.flag("max-itms", 10);
  // @ts-expect-error No such flag.
  client.evaluate("max-itms");
  // @ts-expect-error No such flag.
  void client.flags()["max-itms"];
  // @ts-expect-error No such flag.
  void client.flagDetails()["max-itms"];
  // @ts-expect-error No such flag.
  client.onFlagChange("max-itms", () => undefined);
}

export function aDefaultOfAnotherTypeIsAnError(client: RolleaseClient): void {
  // @ts-expect-error A number is wanted.
  client.flag("max-items", "ten");
  // @ts-expect-error No such variant.
  client.flag("checkout", "two-pages");
  // @ts-expect-error A boolean is wanted.
  client.evaluate("dark-mode", { defaultValue: null });
  // @ts-expect-error Text is wanted.
  client.flag("banner", { text: 1 });
}

export function aKeyKnownAtRunTimeAloneIsVouchedFor(client: RolleaseClient, key: string): void {
  for (const result of Object.values(client.flagDetails())) client.recordImpression(result);
  client.evaluate(key as FlagKey);
  // @ts-expect-error It may be any text.
  client.evaluate(key);
}
