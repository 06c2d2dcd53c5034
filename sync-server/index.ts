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
export { createEngineHandler } from "./faces/engine/engine-handler";
export type { FaceHandler, FaceOptions } from "./faces/face-handler";
export { createServiceHandler } from "./faces/service/service-handler";
export { createSyncHandler, type SyncHandler } from "./handler";
export { describeExposure } from "./exposure/describe-exposure";
export { exposureOf, type ExposedAttribute, type ExposedFlag, type Exposure } from "./exposure/exposure";
export type { CorsOptions, HandlerOptions } from "./options";
export type { Role } from "./roles/role";
export { serve, type RunningServer, type ServeOptions } from "./serve";
