import { ClosedError } from "../../../src/errors";
import type { EvaluationStream, StreamEntry } from "../../../src/ports/evaluation-stream";
import { createBounds } from "./bounds";
import type { RedisLink } from "./link";
import { openUrl } from "./open-link";
import { entriesOfClaim, entriesOfRead, recordsOf } from "./stream-replies";

export interface RedisEvaluationStreamOptions {
  /** As `createRedisCache` takes it. */
  readonly url: string;
  /** The stream's key; what is set aside goes to the key with `:dead` behind it. @defaultValue "rollease:evaluations" */
  readonly key?: string;
  /** About how many records wait at most for a worker; then the oldest go. @defaultValue 1000000 */
  readonly maxLength?: number;
}

const KEY = "rollease:evaluations";
const MAX_LENGTH = 1_000_000;
const MAX_DEAD = 10_000;
const GROUP = "audit";
const COMMAND_MS = 2_000;
const CLOSE_MS = 500;
/** A worker that has been silent for so long, and has nothing in hand, is forgotten. */
const FORGET_AFTER_MS = 60 * 60_000;

/**
 * Carries records of evaluations in a Redis stream, to the workers of one consumer group. While Redis is away, every call
 * fails within seconds, and it comes back by itself. What is acknowledged is deleted.
 *
 * @throws ConfigurationError where the address is none
 */
export function createRedisEvaluationStream(options: RedisEvaluationStreamOptions): EvaluationStream {
  const { url, key = KEY, maxLength = MAX_LENGTH } = options;
  const dead = `${key}:dead`;
  const main = openLine(url);
  // Who waits for entries holds up everything else on a connection.
  let reader: Line | undefined;

  async function send(name: string, ...args: readonly string[]): Promise<unknown> {
    return main.ask(COMMAND_MS, (link) => link.send(name, ...args));
  }

  /** Makes the group where there is none, and tries again: of what was sent before, nothing is left out. */
  async function inGroup<T>(command: () => Promise<T>): Promise<T> {
    try {
      return await command();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes("NOGROUP")) throw error;
      await send("XGROUP", "CREATE", key, GROUP, "0", "MKSTREAM").catch((failure: unknown) => {
        // Another worker was faster.
        if (!(failure instanceof Error) || !failure.message.includes("BUSYGROUP")) throw failure;
      });
      return command();
    }
  }

  /** Servers restart, and each worker has a name of its own. */
  async function forgetTheGone(): Promise<void> {
    for (const { name, pending, idle } of recordsOf(await send("XINFO", "CONSUMERS", key, GROUP)))
      if (Number(pending) === 0 && Number(idle) > FORGET_AFTER_MS) await send("XGROUP", "DELCONSUMER", key, GROUP, String(name));
  }

  return {
    kind: "redis",
    append: (texts) =>
      main.ask(COMMAND_MS, async (link) => {
        const adds = texts.map((text) => link.send("XADD", key, "MAXLEN", "~", String(maxLength), "*", "record", text));
        // All are under way; one failure must not leave the others unheard.
        const failed = (await Promise.allSettled(adds)).find((each) => each.status === "rejected");
        if (failed) throw failed.reason;
      }),
    read: (consumer, { count, waitMs }) =>
      inGroup(async () => {
        reader ??= openLine(url);
        const args = ["GROUP", GROUP, consumer, "COUNT", String(count), "BLOCK", String(waitMs), "STREAMS", key, ">"];
        return entriesOfRead(await reader.ask(waitMs + COMMAND_MS, (link) => link.send("XREADGROUP", ...args)), key);
      }),
    claim: (consumer, { count, idleMs }) =>
      inGroup(async () => {
        const found: StreamEntry[] = [];
        let from = "0-0";
        do {
          const args = [key, GROUP, consumer, String(idleMs), from, "COUNT", String(count - found.length)];
          const { next, entries } = entriesOfClaim(await send("XAUTOCLAIM", ...args));
          found.push(...entries);
          from = next;
        } while (from !== "0-0" && found.length < count);
        await forgetTheGone();
        return found;
      }),
    async acknowledge(ids) {
      if (ids.length === 0) return;
      await send("XACK", key, GROUP, ...ids);
      await send("XDEL", key, ...ids);
    },
    async setAside(entries) {
      for (const { id, text, error } of entries)
        await send("XADD", dead, "MAXLEN", "~", String(MAX_DEAD), "*", "id", id, "error", error, "record", text);
    },
    async leave(consumer) {
      const mine = recordsOf(await send("XINFO", "CONSUMERS", key, GROUP)).find(({ name }) => String(name) === consumer);
      // What it has in hand is remembered under its name, and taken over from there.
      if (mine && Number(mine["pending"]) === 0) await send("XGROUP", "DELCONSUMER", key, GROUP, consumer);
    },
    ping: () => main.ask(COMMAND_MS, (link) => link.ping()),
    async close() {
      await Promise.all([main.close(), reader?.close()]);
    },
  };
}

interface Line {
  ask<T>(limitMs: number, command: (link: RedisLink) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A connection whose commands are bounded in time. */
function openLine(url: string): Line {
  const bounds = createBounds();
  const opening = openUrl(url);
  // Whoever asks for something hears of it.
  opening.catch(() => undefined);
  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    await bounds.settle(CLOSE_MS);
    await opening.then((link) => link.close()).catch(() => undefined);
  }
  return {
    async ask(limitMs, command) {
      if (closing) throw new ClosedError("The stream");
      return bounds.run(limitMs, async () => {
        const link = await opening;
        await link.ready();
        return command(link);
      });
    },
    close: () => (closing ??= close()),
  };
}
