import { ConfigurationError } from "../../errors";
import type { FeedPage } from "../../ports/database-adapter";
import { feedLines, readFeedText } from "./feed-text";

/** Whoever runs the server, and nobody else: flags tell of what is not out yet. */
const MODE = 0o600;
/** Lines are written together up to here; between two such pieces others run. */
const PIECE = 64 * 1024;

/** A file that a feed is kept in. */
export interface SnapshotFile {
  /** `undefined` where there is no such file. @throws what says why it cannot be used */
  read(): Promise<FeedPage | undefined>;
  /** Replaces the file as a whole: who reads it, or starts after a crash, finds the one or the other. */
  write(page: FeedPage): Promise<void>;
}

let opened = 0;

/** @throws ConfigurationError where there are no files */
export function openSnapshotFile(file: string): SnapshotFile {
  // Asked for so that what never reads a file can run where there are none.
  const fs = globalThis.process?.getBuiltinModule?.("node:fs").promises;
  const path = globalThis.process?.getBuiltinModule?.("node:path");
  const crypto = globalThis.process?.getBuiltinModule?.("node:crypto");
  if (!fs || !path || !crypto) throw new ConfigurationError("resilience.snapshotFile: there are no files to keep it in here.");
  const hash = (): ReturnType<typeof crypto.createHash> => crypto.createHash("sha256");
  const target = path.resolve(file);
  // Its own beside every other server's that keeps the same file; one that a crash has left is used again.
  const temporary = `${target}.${process.pid}-${++opened}.tmp`;

  async function writeTo(name: string, page: FeedPage): Promise<void> {
    await fs?.rm(name, { force: true });
    const handle = await fs?.open(name, "wx", MODE);
    try {
      const seal = hash();
      for (const piece of inPieces(feedLines(page))) {
        seal.update(piece);
        await handle?.write(piece);
      }
      await handle?.write(seal.digest("hex"));
      await handle?.sync();
    } finally {
      await handle?.close();
    }
  }

  return {
    async read() {
      const text = await fs.readFile(target, "utf8").catch((error: unknown) => {
        if ((error as { code?: unknown }).code === "ENOENT") return undefined;
        throw error;
      });
      return text === undefined ? undefined : readFeedText(text, (body, seal) => hash().update(body).digest("hex") === seal);
    },
    async write(page) {
      try {
        await writeTo(temporary, page);
        await fs.rename(temporary, target);
      } catch (error) {
        await fs.rm(temporary, { force: true }).catch(() => undefined);
        throw error;
      }
      // The new name, too, is to outlast a crash; not every system lets a directory be opened for that.
      const directory = await fs.open(path.dirname(target), "r").catch(() => undefined);
      await directory?.sync().catch(() => undefined);
      await directory?.close();
    },
  };
}

function* inPieces(lines: Iterable<string>): Generator<string, void, undefined> {
  let piece = "";
  for (const line of lines) {
    piece += line;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  if (piece) yield piece;
}
