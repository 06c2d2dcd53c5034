import { StorageError } from "../../errors";
import type { Change } from "../../model/definition";
import { isRecord } from "../../model/schema";
import type { FeedPage, SdkKeyChange } from "../../ports/database-adapter";
import { formatCheckpoint, parseCheckpoint, type Position } from "../../protocol/checkpoint";
import { isChange } from "../../replica/parse-answers";

const FORMAT = "rollease-feed";
/** To be raised whenever a definition or a key gains a field: what an older release has written lacks it. */
const VERSION = 1;

/**
 * A whole feed as lines of text: what it is, then each change, then each SDK key. Keys are part of it, for without them a
 * server could not tell whom it may serve; of a key there is nothing in it but the digest.
 */
export function* feedLines({ position, changes, keys }: FeedPage): Generator<string, void, undefined> {
  const head = { format: FORMAT, version: VERSION, checkpoint: formatCheckpoint(position) };
  yield `${JSON.stringify({ ...head, changes: changes.length, keys: keys.length })}\n`;
  for (const change of changes) yield `${JSON.stringify(change)}\n`;
  for (const key of keys) yield `${JSON.stringify(key)}\n`;
}

/**
 * Reads what `feedLines` has written, with a seal at its end.
 *
 * @param fits whether the seal is that of the text before it
 * @throws StorageError that says what is wrong with it
 */
export async function readFeedText(
  text: string,
  fits: (body: string, seal: string) => boolean | Promise<boolean>,
): Promise<FeedPage> {
  const end = text.lastIndexOf("\n") + 1;
  const body = text.slice(0, end);
  const [first = "", ...rest] = body.split("\n");
  const { version, checkpoint, changes } = parseHead(first);
  if (version > VERSION) throw new StorageError(`It is of version ${version}, which a newer release has written.`);
  if (version < VERSION) throw new StorageError(`It is of version ${version}, which an older release has written.`);
  if (!(await fits(body, text.slice(end)))) throw new StorageError("It is damaged, or was written by somebody else.");
  const parsed = rest.slice(0, -1).map((line): unknown => JSON.parse(line));
  return toPage(checkpoint, parsed.slice(0, changes), parsed.slice(changes));
}

function parseHead(line: string): { readonly version: number; readonly checkpoint: Position; readonly changes: number } {
  const head = parseJson(line);
  if (!isRecord(head) || head.format !== FORMAT || typeof head.version !== "number")
    throw new StorageError("It does not begin as a feed does.");
  const checkpoint = parseCheckpoint(String(head.checkpoint));
  // A later version may say all this in another way.
  return { version: head.version, checkpoint: checkpoint ?? { epoch: "", seq: 0 }, changes: Number(head.changes) };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function toPage(position: Position, changes: readonly unknown[], keys: readonly unknown[]): FeedPage {
  let last = 0;
  const inOrder = ({ seq }: Change): boolean => {
    const fine = Number.isSafeInteger(seq) && seq >= last && seq <= position.seq;
    last = seq;
    return fine;
  };
  if (position.epoch === "" || !changes.every((change): change is Change => isChange(change) && inOrder(change)))
    throw new StorageError("It holds what is no change of a feed.");
  if (!keys.every(isKeyChange)) throw new StorageError("It holds what is no SDK key.");
  return { position, changes, keys };
}

function isKeyChange(value: unknown): value is SdkKeyChange {
  if (!isRecord(value) || typeof value.id !== "string" || typeof value.seq !== "number") return false;
  return value.row === undefined || (isRecord(value.row) && value.row.id === value.id && typeof value.row.hash === "string");
}
