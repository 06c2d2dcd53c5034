import type { RolleaseCore } from "../../../src/server/types";
import { createFaceHandler, type FaceHandler, type FaceOptions } from "../face-handler";
import { serviceAdminRoutes, serviceEvaluationRoutes } from "./routes";

/**
 * The HTTP interface of a feature flag service with kill switches, rules and percentages: `POST /api/evaluate`, which answers
 * every flag of an environment for a user, and `PUT /api/admin/flags/:id`. Without `adminToken` or `adminAuth`, nobody changes flags.
 */
export function createServiceHandler(rl: RolleaseCore, options: FaceOptions = {}): FaceHandler {
  return createFaceHandler(rl, options, (app, face) => {
    serviceEvaluationRoutes(app, face);
    serviceAdminRoutes(app, face);
  });
}
