import { useEffect } from "react";
import type { RolleaseClient } from "../../src/client/types";

/**
 * Records, after commit, that this variant and value of a flag are on the screen; `undefined` is a flag that serves
 * nothing of its own. A new user may be given the same: then nothing renders anew, but somebody else has seen it, so
 * each change of the client is looked at. The client counts each (flag, value, unit) once.
 */
export function useImpression(client: RolleaseClient | undefined, key: string, variant: string | null, value: unknown): void {
  useEffect(() => {
    if (!client || value === undefined) return undefined;
    const record = (): void => {
      const held = client.flagDetails()[key];
      if (held && held.variant === variant && Object.is(held.value, value)) client.recordImpression(held);
    };
    record();
    return client.onChange(record);
  }, [client, key, variant, value]);
}
