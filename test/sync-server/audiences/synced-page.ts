import { createParser } from "eventsource-parser";
import { expect } from "vitest";
import type { Change } from "../../../src/model/definition";
import { createDefinitionSet } from "../../../src/protocol/definition-set";
import type { ChangeEvent, PullResponse } from "../../../src/protocol/wire";

/** A caller with a key, as simple as one can be that still follows the protocol, and every byte that it was ever sent. */
export interface SyncedPage {
  readonly received: string;
  /** By kind and key. */
  held(): ReadonlyMap<string, unknown>;
  /** Every definition whose removal it was told of. */
  readonly removed: ReadonlySet<string>;
  pull(limit?: number): Promise<void>;
  openStream(): Promise<void>;
  closeStream(): Promise<void>;
  checkpoint(): string | undefined;
  /** Whether a stream is open and has nothing left to ask for. */
  isLive(): boolean;
}

/** @param ask Sends a request with the page's key, to whichever server it is that answers now. */
export function createSyncedPage(ask: (path: string) => Promise<Response>): SyncedPage {
  const set = createDefinitionSet();
  const removed = new Set<string>();
  let received = "";
  let checkpoint: string | undefined;
  let wantsPull = false;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  function apply(changes: readonly Change[], reset: boolean, hash: string, at: string): void {
    for (const { kind, key, deleted } of changes) if (deleted) removed.add(`${kind}:${key}`);
    set.apply(changes, reset);
    checkpoint = at;
    expect(set.hash).toBe(hash);
  }

  async function pull(limit?: number): Promise<void> {
    const taken: Change[] = [];
    let reset = checkpoint === undefined;
    for (let since = checkpoint; ;) {
      const query = new URLSearchParams({ ...(since && { since }), ...(limit !== undefined && { limit: String(limit) }) });
      const response = await ask(`/sync/pull?${query.toString()}`);
      expect(response.status).toBe(200);
      const text = await response.text();
      received += text;
      const page = JSON.parse(text) as PullResponse;
      if (page.reset) {
        reset = true;
        taken.length = 0;
      }
      taken.push(...page.changes);
      since = page.checkpoint;
      if (page.more) continue;
      wantsPull = false;
      return apply(taken, reset, page.hash, page.checkpoint);
    }
  }

  async function closeStream(): Promise<void> {
    await reader?.cancel();
    reader = undefined;
  }

  return {
    get received() {
      return received;
    },
    removed,
    checkpoint: () => checkpoint,
    held: () => new Map([...set.present()].map(({ kind, key, doc }) => [`${kind}:${key}`, doc])),
    pull,
    closeStream,
    async openStream() {
      await closeStream();
      if (checkpoint === undefined || wantsPull) await pull();
      const response = await ask(`/sync/stream?since=${encodeURIComponent(checkpoint ?? "")}`);
      expect(response.status).toBe(200);
      const mine = (reader = response.body?.getReader());
      const parser = createParser({
        onEvent({ event, data }) {
          if (event === "reset") wantsPull = true;
          if (event !== "change" || wantsPull) return;
          const { changes, hash, checkpoint: at } = JSON.parse(data) as ChangeEvent;
          apply(changes, false, hash, at);
        },
      });
      void (async () => {
        const decoder = new TextDecoder();
        for (let chunk = await mine?.read(); chunk?.value; chunk = await mine?.read()) {
          const text = decoder.decode(chunk.value, { stream: true });
          received += text;
          parser.feed(text);
        }
        if (reader === mine) reader = undefined;
      })();
    },
    isLive: () => reader !== undefined && !wantsPull,
  };
}
