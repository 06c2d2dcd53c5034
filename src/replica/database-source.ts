import type { Clock } from "../ports/clock";
import type { DatabaseAdapter, FeedPage } from "../ports/database-adapter";
import type { FeedCensus } from "../ports/database-status";
import type { Logger } from "../ports/logger";
import type { Position } from "../protocol/checkpoint";

export interface DatabaseSourceOptions {
  readonly db: DatabaseAdapter;
  /** How often the clock is read, whether or not there was a notice. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** What the replica holds. */
  position(): Position | undefined;
  /** Gives the replica the end of a commit. `reset`: the page is the whole feed, and another one than before. */
  take(page: FeedPage, reset: boolean): void;
  /** What tells the replica from what the database has at the same position; empty where nothing does. */
  driftFrom(census: FeedCensus): string;
  /** Called after each read that succeeded: the replica is as current as the database. */
  readonly onRead?: (() => void) | undefined;
  /** Called after each read that failed. */
  readonly onFailure?: (() => void) | undefined;
}

/** Brings a replica what a database's change feed has, at once after a notice and every `intervalMs` without one. */
export interface DatabaseSource {
  /** Resolves when the replica holds a feed; reads it now if it does not. @throws what the database throws */
  ready(): Promise<void>;
  /** Asks the database now. What was committed before the call is with the replica when it resolves. */
  refresh(): Promise<void>;
  /** A refresh that nobody waits for: it never throws, and logs an outage once. */
  follow(): Promise<void>;
  /** Whether the last read failed, so that the replica may be behind. */
  failing(): boolean;
  close(): Promise<void>;
}

export function createDatabaseSource(options: DatabaseSourceOptions): DatabaseSource {
  const { db, clock, intervalMs, log } = options;
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  let cancelTimer = (): void => undefined;
  let away = false;
  let failing = false;
  let closed = false;
  let checks = false;
  /** Of a feed that was read whole and still is not what the database has: rows that somebody wrote past it. */
  let lastingDrift = "";
  let reread = false;

  /** One read at a time. A call during a read waits for one that begins after it. */
  function refresh(): Promise<void> {
    if (!running) {
      running = read()
        .then(options.onRead)
        .finally(() => (running = undefined));
      return running;
    }
    queued ??= running.then(ignore, ignore).then(() => {
      queued = undefined;
      return refresh();
    });
    return queued;
  }

  async function read(): Promise<void> {
    try {
      if (!checks || !(await isConfirmed())) await catchUp();
      checks = failing = false;
    } catch (error) {
      failing = true;
      options.onFailure?.();
      throw error;
    }
  }

  /**
   * Whether the database stands where the replica does and has what it has. A database that was set back, and has gone past the
   * replica's position since, looks like one that has gone on: then everything is read anew.
   */
  async function isConfirmed(): Promise<boolean> {
    const census = await db.census?.();
    const held = options.position();
    if (!census || !held || census.position.epoch !== held.epoch || census.position.seq !== held.seq) return false;
    const drift = options.driftFrom(census);
    const isNews = drift !== "" && drift !== lastingDrift;
    if (drift === "") lastingDrift = "";
    if (isNews && reread) {
      lastingDrift = drift;
      log("warn", "The database has definitions that its change feed does not know: somebody has changed them past it.", {
        drift,
      });
    } else if (isNews) {
      log("warn", "The database is not what its change feed has told, as after a backup was restored. It is read anew.", {
        drift,
      });
      // Not by way of a cache, which knows positions alone.
      options.take(await db.feed(0), true);
    }
    reread = isNews && !reread;
    return true;
  }

  async function catchUp(): Promise<void> {
    const held = options.position();
    const now = held && (await db.clock());
    if (held && now && now.epoch === held.epoch) {
      if (now.seq === held.seq) return;
      const news = now.seq > held.seq ? await db.feed(held.seq) : undefined;
      if (news && news.position.epoch === held.epoch && news.position.seq >= held.seq) return options.take(news, false);
    }
    const whole = await db.feed();
    // A replica that held nothing may have got a feed from elsewhere meanwhile.
    const got = held ?? options.position();
    if (!got) options.take(whole, false);
    else if (held || got.epoch !== whole.position.epoch || got.seq > whole.position.seq) options.take(whole, true);
    else if (got.seq < whole.position.seq) options.take(newsOf(whole, got.seq), false);
  }

  async function follow(): Promise<void> {
    if (closed) return;
    try {
      await refresh();
      if (away) log("info", "The database is back.");
      away = false;
    } catch (error) {
      // Once an outage: the next read comes in any case.
      if (!away && !closed) log("warn", "The change feed cannot be read; the last known ruleset stays in use.", { error });
      away = true;
    }
  }

  function tick(): void {
    cancelTimer = clock.setTimer(() => {
      checks = true;
      void follow().then(() => closed || tick());
    }, intervalMs);
  }

  const listening = db
    .listen?.(() => void follow())
    .catch((error: unknown) => {
      log("warn", "The database cannot be listened to; its clock is read instead.", { error });
      return undefined;
    });
  void follow();
  tick();

  return {
    ready: () => (options.position() ? Promise.resolve() : (running ?? refresh())),
    refresh,
    follow,
    failing: () => failing,
    async close() {
      closed = true;
      cancelTimer();
      const stop = await listening;
      await stop?.();
      await Promise.allSettled([running, queued]);
    },
  };
}

function newsOf({ position, changes, keys }: FeedPage, since: number): FeedPage {
  return { position, changes: changes.filter(({ seq }) => seq > since), keys: keys.filter(({ seq }) => seq > since) };
}

function ignore(): void {
  // The call that failed has told its own caller.
}
