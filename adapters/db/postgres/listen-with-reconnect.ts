import type pg from "pg";

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/**
 * Keeps one connection that listens on `channel`. Calls `onNotice` after each notice, and after each reconnection, for
 * what was missed meanwhile. Resolves once the first attempt to connect has ended, however it ended; the answer stops.
 */
export async function listenWithReconnect(
  createClient: () => pg.Client,
  channel: string,
  onNotice: () => void,
): Promise<() => Promise<void>> {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let stopped = false;

  async function connect(): Promise<void> {
    const own = createClient();
    client = own;
    let lost = false;
    const onLost = (): void => {
      if (lost) return;
      lost = true;
      void own.end().catch(() => undefined);
      if (!stopped) retry();
    };
    own.on("error", onLost);
    own.on("end", onLost);
    own.on("notification", onNotice);
    try {
      await own.connect();
      await own.query(`LISTEN ${own.escapeIdentifier(channel)}`);
    } catch {
      onLost();
      return;
    }
    if (failures > 0) onNotice();
    failures = 0;
  }

  function retry(): void {
    const delay = Math.random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures++);
    timer = setTimeout(() => void connect(), delay);
    timer.unref();
  }

  await connect();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client?.end().catch(() => undefined);
  };
}
