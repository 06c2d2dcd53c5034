import { type DynamicModule, type INestApplication, Module, type ModuleMetadata, type Type } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { createRollease, type Rollease, type RolleaseConfig } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { FeatureFlagModule, type FeatureFlagModuleOptions, FeatureFlagService } from "rollease/nestjs";
import { onTestFinished } from "vitest";

export const SECRET = "a-secret-of-the-tests";

export interface OpenApp {
  readonly app: INestApplication;
  readonly flags: FeatureFlagService;
  /** Status and body of a GET. */
  get(path: string, headers?: Record<string, string>): Promise<{ status: number; body: unknown }>;
}

/** A server on a database in memory, closed when the test is over. */
export function openRollease(config: Partial<RolleaseConfig> = {}): Rollease {
  const rl = createRollease({ db: createMemoryAdapter(), secret: SECRET, logging: { sink: () => undefined }, ...config });
  onTestFinished(() => rl.close());
  return rl;
}

/** Starts an app and listens, before `prepare` has had it; both end with the test. */
export async function startApp(module: Type | DynamicModule, prepare?: (app: INestApplication) => void): Promise<OpenApp> {
  const app = await NestFactory.create(module, { logger: false, abortOnError: false });
  onTestFinished(() => app.close());
  prepare?.(app);
  await app.listen(0, "127.0.0.1");
  const url = await app.getUrl();
  return {
    app,
    flags: app.get(FeatureFlagService),
    async get(path, headers = {}) {
      const response = await fetch(`${url}${path}`, { headers });
      const text = await response.text();
      return { status: response.status, body: /^[{["]/.test(text) ? (JSON.parse(text) as unknown) : text };
    },
  };
}

/** An app with the module, in production unless the options say otherwise, and whatever else it needs. */
export function openApp(
  options: Partial<FeatureFlagModuleOptions> = {},
  { imports = [], ...rest }: ModuleMetadata = {},
  prepare?: (app: INestApplication) => void,
): Promise<OpenApp> {
  const source = (options.rl ?? options.db ?? options.prisma) ? {} : { db: createMemoryAdapter(), secret: SECRET };
  const whole = { environment: "production", ...source, ...options } as FeatureFlagModuleOptions;
  @Module({ imports: [...imports, FeatureFlagModule.forRoot(whole)], ...rest })
  class AppModule {}
  return startApp(AppModule, prepare);
}
