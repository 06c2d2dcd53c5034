import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  mixin,
  NotFoundException,
  UseGuards,
} from "@nestjs/common";
import type { FlagKey } from "../../src/model/flag-registry";
import { FeatureFlagService } from "./feature-flag-service";
import type { FeatureFlagRequest } from "./options";

export interface FeatureFlagOptions {
  /**
   * What a caller gets for whom the flag is off: 404, what Nest answers where there is no such route, or 403.
   *
   * @defaultValue 404
   */
  readonly status?: 403 | 404;
}

type HttpRequest = FeatureFlagRequest & { readonly method: string; readonly url: string; readonly originalUrl?: string };

/**
 * Lets a request in, to a method or to all methods of a class, if the flag is on for whom it is; see `contextFromRequest`. Of
 * several, all have to be on. Guards run from the bottom up: one that authenticates stands below, or on the class. Elsewhere than in
 * HTTP the call is refused as Nest refuses there.
 */
export function FeatureFlag(key: FlagKey, { status = 404 }: FeatureFlagOptions = {}): MethodDecorator & ClassDecorator {
  class FeatureFlagGuard implements CanActivate {
    readonly #flags: FeatureFlagService;

    constructor(@Inject(FeatureFlagService) flags: FeatureFlagService) {
      this.#flags = flags;
    }

    async canActivate(execution: ExecutionContext): Promise<boolean> {
      if (execution.getType() !== "http") return this.#flags.isEnabled(key);
      const request = execution.switchToHttp().getRequest<HttpRequest>();
      if (await this.#flags.isEnabledForRequest(key, request)) return true;
      if (status === 403) throw new ForbiddenException();
      throw new NotFoundException(`Cannot ${request.method} ${request.originalUrl ?? request.url}`);
    }
  }
  return UseGuards(mixin(FeatureFlagGuard));
}
