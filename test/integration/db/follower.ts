import type { Change } from "../../../src/model/definition";
import type { DatabaseAdapter, FeedPage } from "../../../src/ports/database-adapter";
import { createDefinitionSet } from "../../../src/protocol/definition-set";

/** A replica that knows nothing but increments, and checks itself. */
export interface Follower {
  /** Pulls what is new past the last position, then everything; answers where the two disagree. */
  pull(): Promise<readonly string[]>;
  /** The position that it holds everything of. */
  readonly seq: number;
  /** How many pulls brought something, and how many found that nobody had committed between the two. */
  readonly counts: { readonly increments: number; readonly alike: number };
}

export function createFollower(db: DatabaseAdapter): Follower {
  const held = createDefinitionSet();
  const counts = { increments: 0, alike: 0 };
  let since = 0;
  return {
    counts,
    get seq() {
      return since;
    },
    async pull() {
      const { position, changes } = await db.feed(since);
      if (changes.length > 0) counts.increments++;
      const outOfPlace = changes.filter(({ seq }) => seq <= since || seq > position.seq);
      held.apply(changes);
      since = position.seq;
      const fresh = await db.feed();
      if (fresh.position.seq === since) counts.alike++;
      return [
        ...outOfPlace.map((change) => `${describe(change)} came with the increment to ${position.seq}`),
        ...compare(new Map([...held.present()].map((change) => [nameOf(change), change])), since, fresh),
      ];
    },
  };
}

/** What was committed past `since` is not held yet; all else must be held, and held as it is. */
function compare(held: ReadonlyMap<string, Change>, since: number, { changes }: FeedPage): string[] {
  const known = new Set(changes.map(nameOf));
  return [
    ...[...held.keys()].filter((name) => !known.has(name)).map((name) => `${name} is held, and is nowhere`),
    ...changes
      .filter((change) => change.seq <= since)
      .flatMap((change) => {
        const own = held.get(nameOf(change));
        const expected = change.deleted ? undefined : change;
        if (JSON.stringify(own) === JSON.stringify(expected)) return [];
        return [`at ${since}: ${own ? describe(own) : "nothing"} is held in place of ${describe(change)}`];
      }),
  ];
}

function nameOf({ kind, key }: Change): string {
  return `${kind} ${key}`;
}

function describe(change: Change): string {
  const state = change.deleted ? "removed" : `version ${change.doc.version}`;
  return `${nameOf(change)} ${state} of ${change.seq}`;
}
