import { createRolleaseClient } from "rollease/client";
import type { FlagResult, RolleaseClient } from "rollease/client";

export function anyKeyIsTaken(
  client: RolleaseClient,
  key: string,
  show: (flags: Readonly<Record<string, unknown>>) => void,
): void {
  const enabled: boolean = client.flag("new-checkout", false);
  show({ enabled });
  const result = client.evaluate("new-checkout");
  exactly<FlagResult>()(result);
  client.evaluate(key, { trace: true, defaultValue: null });
  exactly<Readonly<Record<string, unknown>>>()(client.flags());
  exactly<Readonly<Record<string, FlagResult>>>()(client.flagDetails());
  client.onChange(() => show(client.flags()));
  client.onFlagChange("new-checkout", (value) => exactly<unknown>()(value));
  createRolleaseClient({ baseUrl: "/api/rollease", onFlagsChange: show });
}

export function theCallerSaysTheTypeOrTheDefaultDoes(client: RolleaseClient): void {
  const said = client.flag<"control" | "one-page">("checkout", "control");
  exactly<"control" | "one-page">()(said);
  const inferred = client.evaluate("max-items", { defaultValue: 10 });
  exactly<FlagResult<number>>()(inferred);
  // @ts-expect-error The default is of the type that was said.
  client.flag<number>("max-items", "ten");
}

/** A stand-in, as apps' tests have them. */
export const fake: Pick<RolleaseClient, "flag" | "evaluate" | "flags"> = {
  flag: (_key, defaultValue) => defaultValue,
  evaluate() {
    throw new Error("Not in this test.");
  },
  flags: () => ({ "new-checkout": true }),
};
