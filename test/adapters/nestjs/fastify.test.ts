import { type CanActivate, Controller, type ExecutionContext, Get, type HttpServer, Module, UseGuards } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { createMemoryAdapter } from "rollease/db/memory";
import { FeatureFlag, FeatureFlagModule, type FeatureFlagRequest, FeatureFlagService } from "rollease/nestjs";
import { expect, it, onTestFinished } from "vitest";
import { SECRET } from "./open-app";

/** Puts the user where Fastify's own request is, which is not Node's. */
class AuthGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<{ headers: Record<string, string>; user?: unknown; raw: object }>();
    expect(request.raw).toBeTypeOf("object");
    request.user = request.headers["x-user"];
    return true;
  }
}

@Controller()
@UseGuards(AuthGuard)
class FlagController {
  constructor(private readonly flags: FeatureFlagService) {}

  @Get("asked")
  async asked() {
    return [await this.flags.isEnabled("FLAG")];
  }

  @Get("guarded")
  @FeatureFlag("FLAG")
  guarded() {
    return ["in"];
  }
}

@Module({
  imports: [
    FeatureFlagModule.forRoot({
      environment: "production",
      db: createMemoryAdapter(),
      secret: SECRET,
      contextFromRequest: ({ user }: FeatureFlagRequest & { readonly user?: string }) =>
        user === undefined ? undefined : { userId: user },
    }),
  ],
  controllers: [FlagController],
})
class AppModule {}

it("knows Fastify's requests as guards and handlers do", async () => {
  // Of the fixture alone, and without types here.
  const platform: string = "@nestjs/platform-fastify";
  const { FastifyAdapter } = (await import(platform)) as { FastifyAdapter: new () => HttpServer };
  const app = await NestFactory.create(AppModule, new FastifyAdapter() as never, { logger: false, abortOnError: false });
  onTestFinished(() => app.close());
  app.setGlobalPrefix("api");
  await app.listen(0, "127.0.0.1");
  const url = await app.getUrl();
  const flags = app.get(FeatureFlagService);
  await flags.create({ key: "FLAG" });
  await flags.setOverride("FLAG", { userId: "ann", enabled: true });

  const get = async (path: string, user: string): Promise<unknown> => {
    const response = await fetch(`${url}/api${path}`, { headers: { "x-user": user } });
    return response.ok ? response.json() : response.status;
  };
  const asked = ["ann", "bob", "ann"].map((user) => Promise.all([get("/asked", user), get("/guarded", user)]));
  expect(await Promise.all(asked)).toEqual([
    [[true], ["in"]],
    [[false], 404],
    [[true], ["in"]],
  ]);
});
