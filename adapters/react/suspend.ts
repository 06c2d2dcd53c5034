import type { RolleaseClient } from "../../src/client/types";

interface Wait {
  readonly promise: Promise<void>;
  isOver: boolean;
}

/** One for each client, because React asks again and again, and wants the same promise each time. */
const waits = new WeakMap<RolleaseClient, Wait>();

/** Throws, as React has it, what to wait for, until the client is ready. */
export function suspendUntilReady(client: RolleaseClient): void {
  const wait = waits.get(client) ?? begin(client);
  if (!wait.isOver) throw wait.promise;
}

function begin(client: RolleaseClient): Wait {
  const wait: Wait = {
    promise: client.ready().then(() => {
      wait.isOver = true;
    }),
    isOver: false,
  };
  waits.set(client, wait);
  return wait;
}
