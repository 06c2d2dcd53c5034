import type { RxCollection, RxDatabase, RxJsonSchema } from "rxdb";

/** A piece of the journal. Its text is JSON, which every storage gives back as it was. */
export interface JournalDocument {
  readonly id: string;
  /** Of the text. */
  readonly version: number;
  readonly text: string;
}

// Not to be changed: RxDB tells collections apart by their schema. What is to change stands in `text`.
const SCHEMA: RxJsonSchema<JournalDocument> = {
  version: 0,
  primaryKey: "id",
  type: "object",
  properties: {
    id: { type: "string", maxLength: 40 },
    version: { type: "integer" },
    text: { type: "string" },
  },
  required: ["id", "version", "text"],
};

type Opening = Promise<RxCollection<JournalDocument>>;
const openings = new WeakMap<RxDatabase, Map<string, Opening>>();

/** The collection of that name, which all stores over one instance of a database share. It is closed with the database. */
export async function openCollection(database: RxDatabase, name: string): Opening {
  // RxDB would open a collection in it all the same.
  if (database.closed) throw new Error("its database is closed");
  const ofDatabase = openings.get(database) ?? new Map<string, Opening>();
  openings.set(database, ofDatabase);
  const known = ofDatabase.get(name);
  const opened = await known?.catch(() => undefined);
  if (opened && !opened.closed) return opened;
  // Whoever came first after a failure has begun another try.
  if (ofDatabase.get(name) === known) {
    ofDatabase.set(
      name,
      database.addCollections({ [name]: { schema: SCHEMA } }).then((added) => added[name] as RxCollection<JournalDocument>),
    );
  }
  return ofDatabase.get(name) as Opening;
}
