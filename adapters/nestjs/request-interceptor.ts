import type { NestInterceptor } from "@nestjs/common";
import type { FeatureFlagRequest } from "./options";
import type { RequestContexts } from "./request-contexts";

/** Middleware sees Node's request. Where the platform has another, as Fastify does, that is the one that guards and handlers know. */
export function createRequestInterceptor(requests: RequestContexts): NestInterceptor {
  return {
    intercept(execution, next) {
      if (execution.getType() === "http") requests.rename(execution.switchToHttp().getRequest<FeatureFlagRequest>());
      return next.handle();
    },
  };
}
