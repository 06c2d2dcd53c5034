/** Bodies that a server on a socket sends itself: a `Response` would copy them, and stream the copy. */
const taken = new WeakMap<Request, Uint8Array | undefined>();

/** Says of a request that whoever took it sends prepared bytes itself. */
export function takePreparedBody(request: Request): void {
  taken.set(request, undefined);
}

/** What stands for prepared bytes in the answer to a request: nothing where they are sent beside it, else themselves. */
export function bodyOf(request: Request, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  if (!taken.has(request)) return bytes;
  taken.set(request, bytes);
  return null;
}

/** The bytes that are to be sent beside the answer to a request, if any. */
export function preparedBodyOf(request: Request): Uint8Array | undefined {
  return taken.get(request);
}
