/** A position of the change feed: `seq` counts commits within an `epoch`, which changes when the feed starts over. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

const CHECKPOINT = /^([a-z\d-]{1,64})\.(0|[1-9]\d{0,15})$/i;

/** Writes a position as the opaque string that replicas keep. */
export function formatCheckpoint({ epoch, seq }: Position): string {
  return `${epoch}.${seq}`;
}

/** How many commits `a` is ahead of `b`; `NaN` where they are not positions of one feed. */
export function commitsAhead(a: string, b: string | null | undefined): number {
  const [left, right] = [parseCheckpoint(a), parseCheckpoint(b ?? "")];
  return left && left.epoch === right?.epoch ? left.seq - right.seq : NaN;
}

/** Reads a checkpoint; `undefined` for anything that no feed has written. */
export function parseCheckpoint(text: string): Position | undefined {
  const match = CHECKPOINT.exec(text);
  const seq = Number(match?.[2]);
  return match && Number.isSafeInteger(seq) ? { epoch: match[1] as string, seq } : undefined;
}
