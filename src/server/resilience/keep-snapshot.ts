import type { Clock } from "../../ports/clock";
import type { FeedPage } from "../../ports/database-adapter";
import type { Logger } from "../../ports/logger";
import { formatCheckpoint } from "../../protocol/checkpoint";
import type { HeldFeed } from "../server-feed";
import { openSnapshotFile } from "./snapshot-file";

/** Changes are collected for so long before the file is written. */
const WRITE_AFTER_MS = 1_000;
/** A file that could not be written is tried again after so long, also without a change. */
const RETRY_AFTER_MS = 30_000;

export interface KeepSnapshotOptions {
  readonly file: string;
  readonly feed: Pick<HeldFeed, "position" | "since" | "sdkKeys" | "subscribe" | "take">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps in a file what a server's feed holds, off everybody's path, for a start without the database. */
export interface KeptSnapshot {
  /**
   * Gives the feed what the file holds, if it still holds nothing; answers whether it holds something now. The file is
   * read once. One that cannot be used is ignored, with a warning.
   */
  restore(): Promise<boolean>;
  /** Writes what is not yet written. */
  close(): Promise<void>;
}

/** @throws ConfigurationError where there are no files */
export function keepSnapshot({ file, feed, clock, log }: KeepSnapshotOptions): KeptSnapshot {
  const snapshot = openSnapshotFile(file);
  let kept: string | undefined;
  let cancelTimer: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();
  let restoring: Promise<void> | undefined;
  let failing = false;
  let closed = false;

  function schedule(delayMs: number): void {
    cancelTimer ??= clock.setTimer(flush, delayMs);
  }

  function flush(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    writing = writing.then(write);
  }

  async function write(): Promise<void> {
    const page = toPage(feed);
    if (!page || formatCheckpoint(page.position) === kept) return;
    try {
      await snapshot.write(page);
      kept = formatCheckpoint(page.position);
      failing = false;
    } catch (error) {
      if (!failing) log("warn", `The snapshot file ${file} cannot be written.`, { error });
      failing = true;
      if (!closed) schedule(RETRY_AFTER_MS);
    }
  }

  async function read(): Promise<void> {
    try {
      const page = await snapshot.read();
      if (!page) return log("info", `There is no snapshot file ${file} to start from.`);
      if (feed.position() || closed) return;
      kept = formatCheckpoint(page.position);
      feed.take(page, false);
      log("warn", `The database does not answer: this server starts from the snapshot file ${file}.`, { checkpoint: kept });
    } catch (error) {
      log("warn", `The snapshot file ${file} is ignored: it cannot be used.`, { error });
    }
  }

  const unsubscribe = feed.subscribe(() => schedule(WRITE_AFTER_MS));
  return {
    async restore() {
      if (!feed.position()) await (restoring ??= read());
      return feed.position() !== undefined;
    },
    async close() {
      closed = true;
      unsubscribe();
      flush();
      await writing;
    },
  };
}

function toPage(feed: Pick<HeldFeed, "position" | "since" | "sdkKeys">): FeedPage | undefined {
  const position = feed.position();
  const keys = [...feed.sdkKeys().values()].map((row) => ({ id: row.id, seq: position?.seq ?? 0, row }));
  return position && { position, changes: feed.since(0), keys };
}
