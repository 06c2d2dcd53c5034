/**
 * The HTTP side of rollease: the sync protocol, evaluated flags and the admin routes as one fetch-shaped handler, and a
 * server for Node that runs it by itself.
 *
 * @module
 * @example
 * ```ts
 * import { serve } from "rollease/server";
 * import { createMemoryAdapter } from "rollease/db/memory";
 *
 * const server = await serve({ db: createMemoryAdapter(), port: 3000 });
 * console.log(server.url);
 * ```
 */
export { createSyncHandler, type SyncHandler } from "./handler";
export type { CorsOptions, HandlerOptions } from "./options";
export { serve, type RunningServer, type ServeOptions } from "./serve";
