import type { FlagKey, FlagResult, RolleaseClient } from "rollease/client";

export function whatIsRegisteredIsTyped(client: RolleaseClient): void {
  exactly<number>()(client.flag("max-items", 10));
  exactly<number | undefined>()(client.flags()["max-items"]);
  // @ts-expect-error A number is wanted.
  client.flag("max-items", "ten");
}

export function otherKeysAreTakenToo(client: RolleaseClient, key: FlagKey): void {
  exactly<string>()(key);
  exactly<unknown>()(client.flag("dark-mode", false));
  exactly<FlagResult>()(client.evaluate(key));
}
