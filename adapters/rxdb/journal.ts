import type { RxCollection, RxDocumentData } from "rxdb";
import type { LocalStore } from "../../src/ports/local-store";
import { leadsOn } from "../../src/replica/leads-on";
import { uuidV7 } from "../../src/replica/uuid-v7";
import type { JournalDocument } from "./collection";
import { createState, type Step } from "./state";

/** Of what the documents' text means. */
const FORMAT = 1;
const HEAD = "head";
/** Entries that are read at most when a store is opened, the first one aside. */
const MAX_ENTRIES = 64;
/** Characters that entries may come to, beside twice those of the first. */
const MAX_CHARACTERS = 100_000;

/** Which entries count, in their order. The first one may stand for many that went before. */
interface Head {
  readonly entries: readonly string[];
  /** Characters of the first entry, and of all others. */
  readonly first: number;
  readonly others: number;
}
type Stored = RxDocumentData<JournalDocument>;

/**
 * Changes of a store, one document each, and a head that names those that count. RxDB writes one document wholly or not at
 * all, and refuses to replace one that has changed since it was read: it promises no more than that, whatever it keeps its data
 * in. So each change is a document of its own that nobody looks at until the head names it, and the head is replaced last.
 * Whoever has lost that race begins again from the new head.
 */
export interface Journal {
  /** Reads on to the present and answers what it has come to. Rejects once where all that was read has gone. */
  read(): Promise<LocalStore>;
  /** Reads from the beginning. What makes no sense is given up, so that the next time finds an empty journal. */
  reread(): Promise<LocalStore>;
  /** Adds one change, wholly or not at all, and answers what the changed store's method answers. */
  append(step: Step): Promise<unknown>;
  /** Puts one entry in place of all, and deletes what no head names any more. */
  compact(): Promise<void>;
  /** Whether it has grown so long that it should be compacted. */
  readonly isLong: boolean;
}

/** Calls must not overlap; others in other tabs may. */
export function createJournal(open: () => Promise<RxCollection<JournalDocument>>): Journal {
  const nothing: Head = { entries: [], first: 0, others: 0 };
  let known = nothing;
  let state = createState();

  /** Whether it was written: not, where the document is no longer `previous`. */
  async function write(id: string, text: string, previous?: Stored): Promise<boolean> {
    const { storageInstance } = await open();
    const meta = { _deleted: false, _attachments: {}, _meta: previous?._meta ?? { lwt: 1 }, _rev: "" };
    const row = { document: { id, version: FORMAT, text, ...meta }, ...(previous && { previous }) };
    const [error] = (await storageInstance.bulkWrite([row], "rollease")).error;
    if (error && error.status !== 409) throw new Error(`it refuses a document (${error.status})`);
    return !error;
  }

  /** In the order of `ids`. By id and from the storage: RxDB's queries may answer what was true before another tab wrote. */
  async function find(ids: readonly string[]): Promise<Stored[]> {
    const { storageInstance } = await open();
    const found = ids.length === 0 ? [] : await storageInstance.findDocumentsById([...ids], false);
    const byId = new Map(found.map((each) => [each.id, each]));
    const documents = ids.flatMap((id) => byId.get(id) ?? []);
    if (documents.some(({ version }) => version > FORMAT)) throw new Error("a newer version has written it");
    return documents;
  }

  function forget(): void {
    known = nothing;
    state = createState();
  }

  /** Answers the head that is read now. */
  async function catchUp(): Promise<Stored | undefined> {
    for (let last: string | undefined; ;) {
      const [stored] = await find([HEAD]);
      const head = stored ? (JSON.parse(stored.text) as Head) : nothing;
      if (!stored && known !== nothing) {
        forget();
        throw new Error("it was emptied");
      }
      const goesOn = known.entries.every((id, i) => head.entries[i] === id);
      const wanted = goesOn ? head.entries.slice(known.entries.length) : head.entries;
      const found = await find(wanted);
      if (found.length === wanted.length) {
        const steps = found.flatMap(({ text }) => JSON.parse(text) as Step[]);
        if (!goesOn) forget();
        for (const step of steps) await state.take(step);
        known = head;
        return stored;
      }
      // Compacted away between the two reads, unless the head is still the same.
      if (stored?._rev === last) throw new SyntaxError("a part of it is missing");
      last = stored?._rev;
    }
  }

  return {
    async read() {
      await catchUp();
      return state.store;
    },
    async reread() {
      forget();
      try {
        await catchUp();
      } catch (error) {
        forget();
        // Not where it is newer, or the storage fails.
        if (error instanceof SyntaxError) await write(HEAD, JSON.stringify(nothing), (await find([HEAD]))[0]);
        throw error;
      }
      return state.store;
    },
    async append(step) {
      for (;;) {
        const previous = await catchUp();
        // What is refused must not get into the journal, which would be refused with it.
        if (step[0] === "apply" && !leadsOn(step[1], (await state.store.load()).ruleset?.checkpoint)) return undefined;
        const id = uuidV7(Date.now());
        const text = JSON.stringify([step]);
        await write(id, text);
        const { entries, first, others } = known;
        const head: Head = { entries: [...entries, id], first, others: others + text.length };
        if (!(await write(HEAD, JSON.stringify(head), previous))) continue;
        known = head;
        return state.take(step);
      }
    },
    async compact() {
      const previous = await catchUp();
      const collection = await open();
      const { storageInstance } = collection;
      // Listed before the head is replaced: what others add from then on is theirs, and what they have added fails by the new head.
      const { documents } = await storageInstance.query(collection.find().getPreparedQuery());
      const id = uuidV7(Date.now());
      const text = JSON.stringify(await state.steps());
      await write(id, text);
      const head: Head = { entries: [id], first: text.length, others: 0 };
      if (!(await write(HEAD, JSON.stringify(head), previous))) return;
      known = head;
      // RxDB keeps what it deletes until it is told to clean up.
      const gone = documents
        .filter((each) => each.id !== HEAD)
        .map((old) => ({ previous: old, document: { ...old, text: "", _deleted: true } }));
      if (gone.length > 0) await storageInstance.bulkWrite(gone, "rollease");
      await storageInstance.cleanup(0);
    },
    get isLong() {
      return known.entries.length > MAX_ENTRIES || known.others > MAX_CHARACTERS + 2 * known.first;
    },
  };
}
