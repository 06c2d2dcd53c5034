import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as idb from "idb";
import { expect, test } from "vitest";
import { trim } from "../../../.config/trim-idb";

const source = await readFile("node_modules/idb/build/index.js", "utf8");

test("the trimmed library opens, writes, reads and ends a transaction as the whole one does", async () => {
  const url = `data:text/javascript,${encodeURIComponent(trim(source))}`;
  const trimmed = (await import(/* @vite-ignore */ url)) as typeof idb;
  const seen: unknown[] = [];
  for (const { openDB } of [idb, trimmed]) {
    const name = randomUUID();
    const db = await openDB(name, 1, {
      upgrade: (made) => void made.createObjectStore("things").createIndex("type", "type"),
      blocking: () => db.close(),
    });
    const tx = db.transaction(["things"], "readwrite");
    const things = tx.objectStore("things");
    await Promise.all([1, 2, 3].map((id) => things.put({ id, type: id % 2 ? "odd" : "even" }, id)));
    const found = await Promise.all([things.index("type").getAll("odd", 1), things.count(), things.get(2), things.getAll()]);
    await tx.done;
    const broken = db.transaction(["things"], "readwrite");
    await broken.objectStore("things").clear();
    broken.abort();
    const failure: unknown = await broken.done.catch((error: unknown) => (error as Error).name);
    const left = await db.transaction(["things"]).objectStore("things").count();
    const newer = await openDB(name, 2);
    newer.close();
    seen.push([found, failure, left]);
  }
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[0]).toMatchObject([[[{ id: 1 }], 3, { id: 2 }, [{}, {}, {}]], "AbortError", 3]);
});

test("a library of another text is refused", () => {
  expect(() => trim(source.replace("versionchange", "versionChange"))).toThrow("not the one");
});
