/**
 * Feature flags in a NestJS app.
 *
 * @module
 * @example
 * ```ts
 * import { FeatureFlag, FeatureFlagModule, FeatureFlagService } from "rollease/nestjs";
 *
 * @Module({
 *   imports: [
 *     FeatureFlagModule.forRoot({
 *       environment: "production",
 *       prisma: prismaService, // or db and secret, or rl
 *       contextFromRequest: (request: Request) => ({ userId: request.user?.id, tenantId: request.user?.tenantId }),
 *     }),
 *   ],
 * })
 * export class AppModule {}
 *
 * @Controller("checkout")
 * export class CheckoutController {
 *   constructor(private readonly flags: FeatureFlagService) {}
 *
 *   @Get()
 *   async show() {
 *     return (await this.flags.isEnabled("NEW_FEATURE")) ? "new" : "old";
 *   }
 *
 *   @Get("beta")
 *   @FeatureFlag("BETA") // 404 for whom it is off
 *   beta() {}
 * }
 * ```
 */
export { FeatureFlagEvents, FlagEvaluatedEvent, FlagMutationEvent, FlagOverrideEvent, type FlagEvaluationSource } from "./events";
export { FeatureFlag, type FeatureFlagOptions } from "./feature-flag";
export { FeatureFlagModule } from "./feature-flag-module";
export { FeatureFlagService, type ChangeOptions, type OverrideTarget } from "./feature-flag-service";
export type { CreateFeatureFlag, FeatureFlagRecord, UpdateFeatureFlag } from "./flag-record";
export type { FeatureFlagContext, FeatureFlagModuleOptions, FeatureFlagRequest } from "./options";
