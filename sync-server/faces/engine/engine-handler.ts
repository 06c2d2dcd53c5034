import { INTERNAL, type RolleaseCore } from "../../../src/server/types";
import { adminAuthOf } from "../../standalone/admin-token";
import { createFaceHandler, type FaceHandler, type FaceOptions } from "../face-handler";
import { engineEvaluationRoutes, engineFlagRoutes, engineProbes } from "./routes";

/**
 * The HTTP interface of a feature flag engine with variants, rules by priority and percentages: `/flags` and what is below,
 * `POST /evaluate` and `/evaluate/batch`, `/health` and `/ready`. Without `adminToken` or `adminAuth`, whoever reaches the
 * handler may change flags outside production, and nobody in it.
 */
export function createEngineHandler(rl: RolleaseCore, options: FaceOptions = {}): FaceHandler {
  const adminAuth = options.adminAuth ?? adminAuthOf(options.adminToken, rl[INTERNAL].log);
  return createFaceHandler(rl, { ...options, ...(adminAuth && { adminAuth }) }, (app, face) => {
    engineProbes(app, face);
    engineEvaluationRoutes(app, face);
    engineFlagRoutes(app, face);
  });
}
