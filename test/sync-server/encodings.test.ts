import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { negotiate } from "../../sync-server/encodings";
import { createSyncHandler, type SyncHandler } from "../../sync-server/handler";
import { openRollease } from "../server/open-rollease";

let handler: SyncHandler;
beforeEach(async () => {
  const rl = openRollease();
  for (let n = 0; n < 20; n++) await rl.flags.create({ key: `flag-${n}`, type: "string", defaultValue: "x".repeat(100) });
  handler = createSyncHandler(rl, { allowAnonymous: true });
});

const pull = (headers: Record<string, string> = {}): Promise<Response> =>
  handler(new Request("http://test/api/rollease/sync/pull", { headers }));

describe("the whole ruleset", () => {
  it.each([
    ["br", brotliDecompressSync],
    ["gzip", gunzipSync],
  ] as const)("comes as %s to who takes it, with a tag of its own", async (encoding, decode) => {
    const plain = await pull();
    const encoded = await pull({ "accept-encoding": encoding });
    expect([plain.headers.get("content-encoding"), encoded.headers.get("content-encoding")]).toEqual([null, encoding]);
    expect(encoded.headers.get("vary")).toContain("Accept-Encoding");
    expect(encoded.headers.get("server-timing")).toMatch(/^pull;dur=\d+\.\d$/);
    const bytes = Buffer.from(await encoded.arrayBuffer());
    const text = await plain.text();
    expect(decode(bytes).toString()).toBe(text);
    expect(bytes.length).toBeLessThan(text.length / 4);
    expect(encoded.headers.get("etag")).not.toBe(plain.headers.get("etag"));
  });

  it("is not sent again to who has it in any encoding", async () => {
    const etag = (await pull({ "accept-encoding": "br" })).headers.get("etag") as string;
    for (const accepted of ["br", "gzip", "identity"]) {
      const again = await pull({ "accept-encoding": accepted, "if-none-match": etag });
      expect([again.status, await again.text()]).toEqual([304, ""]);
    }
  });
});

it.each([
  [undefined, undefined],
  ["", undefined],
  ["identity", undefined],
  ["gzip", "gzip"],
  ["gzip, deflate, br", "br"],
  ["br;q=0, gzip", "gzip"],
  ["br;q=0.2, gzip;q=0.8", "gzip"],
  ["GZIP", "gzip"],
  ["*", "br"],
  ["*;q=0", undefined],
  ["zstd, deflate", undefined],
])("of %j, %s is taken", (header, encoding) => {
  expect(negotiate(header)).toBe(encoding);
});
