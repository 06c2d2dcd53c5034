import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change } from "../../../src/model/definition";
import type { FeedPage, SdkKeyRow } from "../../../src/ports/database-adapter";
import { feedLines, readFeedText } from "../../../src/server/resilience/feed-text";
import { flagChange } from "../../contracts/local-store";

const key: SdkKeyRow = {
  id: "k1",
  name: "web",
  kind: "client",
  hash: "ab".repeat(32),
  hint: "rk_web",
  createdAt: "2026-01-01T00:00:00.000Z",
};
const page: FeedPage = {
  position: { epoch: "11111111-2222-3333-4444-555555555555", seq: 9 },
  changes: [
    flagChange("a", 3, "line\nbreak \u2028 and \ud83d\ude00"),
    { kind: "segment", key: "gone", seq: 3, deleted: true },
    flagChange("b", 8, 0.5),
  ],
  keys: [
    { id: "k1", seq: 9, row: key },
    { id: "k2", seq: 9 },
  ],
};
/** Weaker than any real seal: what is found by it is found by all. */
const sum = (text: string): string => String(Buffer.from(text).reduce((hash, byte) => (hash * 31 + byte) % 1e9, 7));
const fits = (body: string, seal: string): boolean => sum(body) === seal;
const write = (of: FeedPage, change: (body: string) => string = (body) => body): string => {
  const body = change([...feedLines(of)].join(""));
  return body + sum(body);
};

describe("a feed as text", () => {
  it("is read as it was written", async () => {
    expect(await readFeedText(write(page), fits)).toEqual(page);
    const empty = { ...page, changes: [], keys: [] };
    expect(await readFeedText(write(empty), fits)).toEqual(empty);
  });

  it("is refused when it is cut off anywhere", async () => {
    const text = write(page);
    for (let length = 0; length < text.length; length++)
      await expect(readFeedText(text.slice(0, length), fits), `after ${length}`).rejects.toMatchObject({ code: "STORAGE" });
  });

  it("is refused when any of it was changed", async () => {
    const text = write(page);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom("x", "0", "\n", "}", " "), async (at, put) => {
        fc.pre(text[at] !== put);
        await expect(readFeedText(text.slice(0, at) + put + text.slice(at + 1), fits)).rejects.toMatchObject({ code: "STORAGE" });
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, (body: string) => string, string]>([
    ["a newer release", (body) => body.replace('"version":1', '"version":2'), "a newer release has written"],
    ["an older release", (body) => body.replace('"version":1', '"version":0'), "an older release has written"],
    ["another program", (body) => body.replace("rollease-feed", "something"), "does not begin as a feed does"],
    ["somebody who knows no position", (body) => body.replace("555555.9", "555555"), "no change of a feed"],
    ["somebody whose feed is out of order", (body) => body.replace('"seq":8', '"seq":2'), "no change of a feed"],
    ["somebody whose feed is past its end", (body) => body.replace('"seq":8', '"seq":10'), "no change of a feed"],
    ["somebody with other definitions", (body) => body.replace('"kind":"flag"', '"kind":"flags"'), "no change of a feed"],
    ["somebody with a flag under another's name", (body) => body.replace('"key":"b"', '"key":"c"'), "no change of a feed"],
    ["somebody with other keys", (body) => body.replace('"hash"', '"hush"'), "no SDK key"],
  ])("is refused when it comes from %s", async (_, change, message) => {
    await expect(readFeedText(write(page, change), fits)).rejects.toThrow(message);
  });

  it("says of a later version that it is one, however that is sealed", async () => {
    const text = write(page).replace('"version":1', '"version":7');
    await expect(readFeedText(text, () => false)).rejects.toThrow("version 7");
  });

  it("is the same for arbitrary definitions", async () => {
    const change = fc.tuple(fc.string({ minLength: 1, unit: "binary" }), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 8 }), async (drawn) => {
        const changes = drawn.map(([name, value], i): Change => {
          const { doc, ...rest } = flagChange(name, i + 1);
          return { ...rest, doc: { ...doc, defaultValue: value } } as Change;
        });
        const of: FeedPage = { position: { epoch: "e", seq: 99 }, changes, keys: [] };
        expect(await readFeedText(write(of), fits)).toEqual(JSON.parse(JSON.stringify(of)));
      }),
    );
  });
});
