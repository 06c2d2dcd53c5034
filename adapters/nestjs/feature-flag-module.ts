import { Inject, type MiddlewareConsumer, Module, type NestModule, RequestMethod } from "@nestjs/common";
import { APP_INTERCEPTOR, ModuleRef } from "@nestjs/core";
import { findEmitter } from "./emitter";
import { FeatureFlagService } from "./feature-flag-service";
import { open } from "./open";
import { ConfigurableModuleClass, type FeatureFlagRequest, MODULE_OPTIONS_TOKEN, toFeatureFlagSettings } from "./options";
import { createRequestContexts, type RequestContexts } from "./request-contexts";
import { createRequestInterceptor } from "./request-interceptor";
import { EMITTER, OPEN, REQUESTS, SETTINGS } from "./tokens";

/**
 * Gives every module of an app a `FeatureFlagService`, by `forRoot(options)` or, where options have to be waited for,
 * `forRootAsync({ imports, inject, useFactory })` (or `useClass`, whose `createFeatureFlagOptions` is called). Import it once.
 *
 * The app starts once there is a ruleset, and fails to start where none can be had: `ConfigurationError` names an option that
 * is wrong. What the module has opened it closes with the app, after the last request; signals do that after `enableShutdownHooks`.
 */
@Module({
  providers: [
    { provide: SETTINGS, useFactory: toFeatureFlagSettings, inject: [MODULE_OPTIONS_TOKEN] },
    { provide: EMITTER, useFactory: findEmitter, inject: [SETTINGS, ModuleRef] },
    // After the emitter: where that is missing nothing is opened.
    { provide: OPEN, useFactory: open, inject: [SETTINGS, EMITTER] },
    { provide: REQUESTS, useFactory: createRequestContexts, inject: [SETTINGS] },
    FeatureFlagService,
    { provide: APP_INTERCEPTOR, useFactory: createRequestInterceptor, inject: [REQUESTS] },
  ],
  exports: [FeatureFlagService],
})
export class FeatureFlagModule extends ConfigurableModuleClass implements NestModule {
  readonly #requests: RequestContexts;

  constructor(@Inject(REQUESTS) requests: RequestContexts) {
    super();
    this.#requests = requests;
  }

  /** Lets everything that a request sets off know the request. */
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((request: FeatureFlagRequest, _response: unknown, next: () => void) => this.#requests.run(request, next))
      .forRoutes({ path: "{*path}", method: RequestMethod.ALL });
  }
}
