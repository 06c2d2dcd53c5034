import { setupServer } from "msw/node";
import { describe, expect, it } from "vitest";
import { createSyncMock } from "../../../adapters/msw/index";
import { createMockRollease } from "../../../src/testing/index";
import { INTERNAL } from "../../../src/server/types";
import { createSyncHandler } from "../../../sync-server/handler";
import { listen } from "../../../sync-server/standalone/listen";
import { clientScenarios } from "../../contracts/sync-clients";
import { protocolScenarios } from "../../contracts/sync-protocol";
import { EXPERIMENT, SEED, type SyncSubject } from "../../contracts/sync-scenario";
import { startCuttingProxy } from "../../support/cutting-proxy";

type Opened = SyncSubject & { close(): Promise<void> };

/** The real handler on a socket, over a line that can be cut. */
async function openServer(clientKey: string | undefined): Promise<Opened> {
  const rl = await createMockRollease({ flags: SEED });
  await rl.flags.create(EXPERIMENT);
  const handler = createSyncHandler(rl, clientKey === undefined ? { allowAnonymous: true } : { clientKeys: [clientKey] });
  const listening = await listen(handler, 0, "127.0.0.1");
  const line = await startCuttingProxy(`http://127.0.0.1:${listening.port}`);
  return {
    baseUrl: `${new URL(line.connectionString).origin}/api/rollease`,
    setFlag: rl.setFlag,
    removeFlag: (key) => rl.flags.delete(key, { confirm: key }),
    assign: rl[INTERNAL].assign,
    async endStreams() {
      await line.cut();
      await line.restore();
    },
    goOffline: line.cut,
    goOnline: line.restore,
    async close() {
      await line.close();
      handler.close();
      await listening.stop(0);
      await rl.close();
    },
  };
}

async function openMock(clientKey: string | undefined): Promise<Opened> {
  const baseUrl = "http://flags.test/api/rollease";
  const mock = createSyncMock({ baseUrl, flags: SEED, handler: clientKey === undefined ? {} : { clientKeys: [clientKey] } });
  await (await mock.server()).flags.create(EXPERIMENT);
  const server = setupServer(...mock.handlers);
  server.listen({ onUnhandledRequest: "error" });
  return {
    ...mock,
    baseUrl,
    async close() {
      server.close();
      await mock.close();
    },
  };
}

describe.each([
  ["the server's handler", openServer],
  ["the mock in Node", openMock],
])("%s", (_, open) => {
  it.each([...protocolScenarios, ...clientScenarios])("$name", { timeout: 60_000 }, async ({ clientKey, run, expected }) => {
    const subject = await open(clientKey);
    try {
      expect(await run(subject)).toEqual(expected);
    } finally {
      await subject.close();
    }
  });
});
