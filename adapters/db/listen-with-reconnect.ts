import type pg from "pg";
import { quote } from "./table-names";

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 30_000;

/**
 * Keeps one connection that listens on `channel`. Calls `onNotice` after each notice, and after each reconnection, for
 * what was missed meanwhile. Resolves once the first attempt to connect has ended, however it ended; the answer stops.
 * `connect` gives a connection that is open, and leaves none behind where it fails.
 */
export async function listenWithReconnect(
  connect: () => Promise<pg.Client>,
  channel: string,
  onNotice: () => void,
): Promise<() => Promise<void>> {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let stopped = false;

  async function listen(): Promise<void> {
    const own = await connect().catch(() => undefined);
    if (!own) return retry();
    let lost = false;
    const onLost = (): void => {
      if (lost) return;
      lost = true;
      void own.end().catch(() => undefined);
      retry();
    };
    own.on("error", onLost);
    own.on("end", onLost);
    own.on("notification", onNotice);
    if (stopped) return onLost();
    client = own;
    try {
      await own.query(`LISTEN ${quote(channel)}`);
    } catch {
      onLost();
      return;
    }
    if (failures > 0) onNotice();
    failures = 0;
  }

  function retry(): void {
    if (stopped) return;
    const delay = Math.random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures++);
    timer = setTimeout(() => void listen(), delay);
    timer.unref();
  }

  await listen();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client?.end().catch(() => undefined);
  };
}

/** Opens a connection that is none of a pool's, and leaves none behind where that fails. */
export async function connectApart(client: pg.Client): Promise<pg.Client> {
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    void client.end().catch(() => undefined);
    throw error;
  }
  return client;
}
