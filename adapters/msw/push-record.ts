import { isRecord } from "../../src/model/schema";
import type { PushEntry, PushErrorCode, PushRequest, PushResponse, PushResult } from "../../src/protocol/wire";

/** An entry of a push and what became of it. */
export interface RecordedPush {
  /** As it was sent, be it malformed. */
  readonly entry: PushEntry;
  /** The verdict that the client was told. */
  readonly result: PushResult;
}

/** Says why an entry is refused, `forbidden` for example, or nothing: then the server judges it. */
export type JudgePush = (entry: PushEntry) => PushErrorCode | undefined;

type Answer = (request: Request) => Promise<Response>;

/** Lets the server answer a push, but for the entries that the judge refuses, and records every verdict. */
export async function answerPush(
  request: Request,
  answer: Answer,
  judge: JudgePush | undefined,
  record: (pushes: readonly RecordedPush[]) => void,
): Promise<Response> {
  const batch = await readBatch(request.clone());
  // What is no push is for the server to refuse.
  if (!batch) return answer(request);
  const refused = new Map<PushEntry, PushResult>();
  for (const entry of batch) {
    const error = judge?.(entry);
    if (error) refused.set(entry, { id: entry.id, status: "rejected", error });
  }
  const passed = batch.filter((entry) => !refused.has(entry));
  const response = await answer(refused.size > 0 ? withBatch(request, passed) : request);
  if (!response.ok) return response;
  const { results } = (await response.clone().json()) as PushResponse;
  const judged = new Map(passed.map((entry, index) => [entry, results[index]]));
  const pushes = batch.flatMap((entry) => {
    const result = refused.get(entry) ?? judged.get(entry);
    return result ? [{ entry, result }] : [];
  });
  record(pushes);
  return refused.size > 0 ? Response.json({ results: pushes.map(({ result }) => result) }, response) : response;
}

async function readBatch(request: Request): Promise<PushRequest["batch"] | undefined> {
  const sent: unknown = await request.json().catch(() => undefined);
  const batch = isRecord(sent) ? sent["batch"] : undefined;
  return Array.isArray(batch) && batch.every(isRecord) ? (batch as unknown as PushRequest["batch"]) : undefined;
}

function withBatch({ url, method, headers }: Request, batch: PushRequest["batch"]): Request {
  const own = new Headers(headers);
  own.delete("content-length");
  return new Request(url, { method, headers: own, body: JSON.stringify({ batch }) });
}
