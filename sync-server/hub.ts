import { HEARTBEAT_MS, type StreamEvent } from "../src/protocol/wire";
import type { Clock } from "../src/ports/clock";
import { formatCheckpoint, type Position } from "../src/protocol/checkpoint";
import type { HttpMeter, ServerFeed } from "../src/server/types";
import { createAudienceFeed, type AudienceFeed } from "./audiences/audience-feed";
import type { Audience } from "./audiences/audience";
import { createConnection, encodeEvent, HEARTBEAT, type Connection } from "./sse";

/** An audience with its feed as of the server's present position. */
export interface Channel {
  /** Names this feed among those of other processes and of other times. */
  readonly id: string;
  readonly audience: Audience;
  readonly feed: AudienceFeed;
}

/**
 * Hands each commit on to the open streams: projected once for each audience and written once, not once for each
 * connection. Reading and connecting are synchronous, so that nothing falls between a catch-up and what follows it.
 */
export interface Hub {
  /** `undefined` until the server has a ruleset. */
  channel(audience: Audience): Channel | undefined;
  /** Opens a stream that tells of everything after `since`, or after nothing; who stands nowhere is told to pull anew. */
  stream(channel: Channel, since: number | "start" | "nowhere", onEnd?: () => void): Connection;
  /** Opens a stream that carries what its owner sends, heartbeats aside. `onCommit` is called after each commit. */
  open(onCommit: () => void, onEnd: () => void): Connection;
  /** The number of open streams. */
  readonly size: number;
  /** Ends every stream, and each that is opened later at once. */
  close(): void;
}

const RESET = encodeEvent({ event: "reset" satisfies StreamEvent, data: "{}" });

export interface HubOptions {
  readonly meter?: HttpMeter | undefined;
  /** See `HandlerOptions.maxStreamAgeMs`. */
  readonly maxStreamAgeMs?: number | undefined;
  /** Whom there are keys for: feeds of others are dropped once nobody reads them. @defaultValue feeds are kept for good */
  readonly keyed?: (() => readonly Audience[]) | undefined;
}

/** Half an hour. */
const MAX_STREAM_AGE_MS = 1_800_000;
/** How much older or younger one may get, so that those that came together do not all come back together. */
const AGE_JITTER = 0.2;

/** `audiences` are followed from the start, so that their feeds know as much of the past as can be known. */
export function createHub(
  feed: ServerFeed,
  clock: Clock,
  audiences: readonly Audience[] = [],
  { meter, maxStreamAgeMs = MAX_STREAM_AGE_MS, keyed }: HubOptions = {},
): Hub {
  interface Group extends Channel {
    readonly connections: Set<Connection>;
    /** Catch-ups by where they begin, kept until the next commit: after a restart, many ask for the same. */
    readonly catchUps: Map<number | "start", string>;
  }
  const groups = new Map<string, Group>();
  const others = new Map<Connection, () => void>();
  /** When each stream is to end, so that a balancer may send its reader elsewhere. */
  const ends = new Map<Connection, number>();
  let stopHeart: (() => void) | undefined;
  let closed = false;

  const size = (): number => others.size + [...groups.values()].reduce((sum, { connections }) => sum + connections.size, 0);
  const everyConnection = (): Connection[] =>
    [...groups.values()].flatMap(({ connections }) => [...connections]).concat([...others.keys()]);

  function connect(onEnd: () => void): Connection {
    meter?.streams(1);
    const connection = createConnection(() => {
      meter?.streams(-1);
      ends.delete(connection);
      onEnd();
    });
    if (maxStreamAgeMs > 0) {
      const age = maxStreamAgeMs * (1 + AGE_JITTER * (2 * Math.random() - 1));
      ends.set(connection, clock.now() + age);
    }
    return connection;
  }

  /** A reader that does not keep up loses the stream, not events: it resumes after the last that it got. */
  function deliver(connection: Connection, bytes: Uint8Array): void {
    if (connection.full()) connection.close();
    else connection.send(bytes);
  }

  function beat(): void {
    stopHeart ??= clock.setTimer(() => {
      stopHeart = undefined;
      for (const connection of everyConnection()) {
        if (clock.now() >= (ends.get(connection) ?? Infinity)) connection.close();
        else deliver(connection, HEARTBEAT);
      }
      if (size() > 0) beat();
    }, HEARTBEAT_MS);
  }

  function eventOf({ feed: audienceFeed }: Channel, json: string): Uint8Array {
    const checkpoint = formatCheckpoint(audienceFeed.position());
    const head = `{"checkpoint":${JSON.stringify(checkpoint)},"hash":"${audienceFeed.hash()}"`;
    return encodeEvent({
      event: "change" satisfies StreamEvent,
      id: checkpoint,
      data: `${head},"now":${clock.now()},"changes":[${json}]}`,
    });
  }

  /** `undefined` where only the whole ruleset would do. */
  function catchUpOf({ feed: audienceFeed, catchUps }: Group, since: number | "start" | "nowhere"): string | undefined {
    const entries = since === "nowhere" ? undefined : since === "start" ? audienceFeed.present() : audienceFeed.since(since);
    if (!entries || since === "nowhere") return undefined;
    const known = catchUps.get(since) ?? entries.map(({ json }) => json).join(",");
    catchUps.set(since, known);
    return known;
  }

  function begin(audience: Audience, position: Position): Group {
    return {
      id: crypto.randomUUID().slice(0, 8),
      audience,
      feed: createAudienceFeed(audience, position, feed.since(-1)),
      connections: new Set(),
      catchUps: new Map(),
    };
  }

  /** Drops what is kept for keys that hold no more, and that nobody reads. */
  function dropUnkeyed(): void {
    if (!keyed) return;
    const wanted = new Set([...audiences, ...keyed()].map(nameOf));
    for (const [name, { connections }] of groups) if (connections.size === 0 && !wanted.has(name)) groups.delete(name);
  }

  const unsubscribe = feed.subscribe(({ reset, commit, keys }) => {
    if (reset || keys.length > 0) dropUnkeyed();
    if (reset) {
      for (const [key, group] of groups) {
        const next = begin(group.audience, commit.position);
        groups.set(key, { ...next, connections: group.connections });
        for (const connection of group.connections) deliver(connection, RESET);
      }
    } else {
      const all = feed.since(-1);
      for (const group of groups.values()) {
        const moved = group.feed.advance(commit.position, all, commit.changes);
        group.catchUps.clear();
        // A commit of SDK keys alone is none of the readers' business: the checkpoints that they hold stay good.
        if (group.connections.size === 0 || commit.changes.length === 0) continue;
        const bytes = eventOf(group, moved.map(({ json }) => json).join(","));
        for (const connection of [...group.connections]) deliver(connection, bytes);
      }
    }
    for (const audience of audiences) channelOf(audience);
    if (reset || commit.changes.length > 0) for (const told of [...others.values()]) told();
  });

  function channelOf(audience: Audience): Group | undefined {
    const name = nameOf(audience);
    const position = feed.position();
    if (position && !groups.has(name)) {
      // A key's end by itself is no commit.
      dropUnkeyed();
      groups.set(name, begin(audience, position));
    }
    return groups.get(name);
  }
  for (const audience of audiences) channelOf(audience);

  return {
    channel: channelOf,
    stream(channel, since, onEnd) {
      const group = [...groups.values()].find(({ id }) => id === channel.id);
      const connections = group?.connections ?? new Set();
      const connection: Connection = connect(() => {
        connections.delete(connection);
        onEnd?.();
      });
      // Something at once, so that proxies let the headers through.
      connection.send(HEARTBEAT);
      const catchUp = group && catchUpOf(group, since);
      if (!group || catchUp === undefined) connection.send(RESET);
      else if (since !== group.feed.position().seq) connection.send(eventOf(group, catchUp));
      connections.add(connection);
      if (closed || !group) connection.close();
      else beat();
      return connection;
    },
    open(onCommit, onEnd) {
      const connection: Connection = connect(() => {
        others.delete(connection);
        onEnd();
      });
      connection.send(HEARTBEAT);
      others.set(connection, onCommit);
      if (closed) connection.close();
      else beat();
      return connection;
    },
    get size() {
      return size();
    },
    close() {
      closed = true;
      unsubscribe();
      stopHeart?.();
      stopHeart = undefined;
      for (const connection of everyConnection()) connection.close();
    },
  };
}

const names = new WeakMap<Audience, string>();

/** Audiences are spelled the same for every key with the same rights. */
function nameOf(audience: Audience): string {
  let name = names.get(audience);
  if (name === undefined) names.set(audience, (name = JSON.stringify(audience)));
  return name;
}
