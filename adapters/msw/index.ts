/**
 * A sync server for tests and for work without a backend: the whole server on a database in memory, behind the handlers
 * of MSW. It runs wherever MSW does, in Node and in the page that MSW's service worker serves.
 *
 * @module
 * @example
 * ```ts
 * // Vitest, Jest
 * import { setupServer } from "msw/node";
 * import { createSyncMock } from "rollease/msw";
 *
 * const mock = createSyncMock({ flags: { "new-checkout": true, "max-items": 25 } });
 * const server = setupServer(...mock.handlers);
 * beforeAll(() => server.listen());
 * afterEach(() => mock.reset());
 * afterAll(async () => {
 *   server.close();
 *   await mock.close();
 * });
 *
 * await mock.setFlag("new-checkout", false); // reaches every client that streams
 * mock.failNext({ status: 429, retryAfterMs: 2000, route: "pull" });
 * mock.goOffline();
 * expect(mock.pushes.map(({ entry }) => entry.type)).toEqual(["impression"]);
 * ```
 * @example
 * ```ts
 * // A page; once: npx msw init public
 * import { setupWorker } from "msw/browser";
 * const mock = createSyncMock({ baseUrl: "/api/rollease", flags: { "new-checkout": true } });
 * await setupWorker(...mock.handlers).start();
 * ```
 */
export { createSyncMock } from "./create-sync-mock";
export type { Fault, SyncRoute } from "./faults";
export type { EmittedEvent } from "./open-streams";
export type { JudgePush, RecordedPush } from "./push-record";
export type { SyncMock, SyncMockOptions } from "./types";
