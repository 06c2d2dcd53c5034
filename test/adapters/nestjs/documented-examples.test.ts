import { Controller, Get, Injectable, Module, Query } from "@nestjs/common";
import { EventEmitterModule, OnEvent } from "@nestjs/event-emitter";
import { createMemoryAdapter } from "rollease/db/memory";
import { FeatureFlagEvents, FeatureFlagModule, FeatureFlagService, FlagEvaluatedEvent } from "rollease/nestjs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { SECRET, startApp } from "./open-app";

@Injectable()
class FlagAuditListener {
  @OnEvent(FeatureFlagEvents.EVALUATED)
  handleEvaluation(event: FlagEvaluatedEvent) {
    console.log(`Flag ${event.flagKey} = ${event.result} (source: ${event.source})`);
  }
}

@Controller("flags")
class FlagController {
  constructor(private readonly flags: FeatureFlagService) {}

  @Get("create")
  async create() {
    const flag = await this.flags.create({
      key: "NEW_FEATURE",
      description: "Enables the new feature",
      enabled: false,
      percentage: 0,
    });
    return flag;
  }

  @Get("update")
  async update() {
    return await this.flags.update("NEW_FEATURE", {
      enabled: true,
      percentage: 50,
    });
  }

  @Get("archive")
  async archive() {
    await this.flags.create({ key: "OLD_FEATURE", enabled: true });
    const before = await this.flags.isEnabled("OLD_FEATURE");
    await this.flags.archive("OLD_FEATURE");
    return [before, await this.flags.isEnabled("OLD_FEATURE")];
  }

  @Get()
  async list() {
    const allFlags = await this.flags.findAll();
    return allFlags.map(({ key }) => key);
  }

  @Get("invalidate")
  invalidate() {
    this.flags.invalidateCache();
  }

  @Get("enabled")
  async isEnabled(@Query("userId") userId: string) {
    return [await this.flags.isEnabled("NEW_FEATURE", { userId })];
  }
}

@Module({
  imports: [
    EventEmitterModule.forRoot(), // must be imported
    FeatureFlagModule.forRoot({
      environment: "production",
      db: createMemoryAdapter(),
      secret: SECRET,
      emitEvents: true,
    }),
  ],
  controllers: [FlagController],
  providers: [FlagAuditListener],
})
class AppModule {}

describe("an app as it is documented", () => {
  it("creates, updates, archives and lists flags, asks for them, and hears of it", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue(undefined);
    onTestFinished(() => log.mockRestore());
    const { get } = await startApp(AppModule);

    expect((await get("/flags/create")).body).toMatchObject({
      key: "NEW_FEATURE",
      description: "Enables the new feature",
      enabled: false,
      percentage: 0,
      archivedAt: null,
    });
    expect((await get("/flags/enabled?userId=user-1")).body).toEqual([false]);

    expect((await get("/flags/update")).body).toMatchObject({ enabled: true, percentage: 50 });
    const users = Array.from({ length: 40 }, (_, i) => `user-${i}`);
    const ask = (): Promise<unknown[]> =>
      Promise.all(users.map(async (user) => (await get(`/flags/enabled?userId=${user}`)).body));
    const first = await ask();
    await get("/flags/invalidate");
    expect(await ask()).toEqual(first);
    expect(new Set(first.flat())).toEqual(new Set([true, false]));

    expect((await get("/flags/archive")).body).toEqual([true, false]);
    expect((await get("/flags")).body).toEqual(["NEW_FEATURE"]);

    const said = log.mock.calls.flat();
    expect(said).toContain("Flag NEW_FEATURE = true (source: percentage)");
    expect(said).toContain("Flag NEW_FEATURE = false (source: percentage)");
    expect(said).toContain("Flag OLD_FEATURE = false (source: archived)");
  });

  it("names its events as documented", () => {
    expect(FeatureFlagEvents).toEqual({
      EVALUATED: "feature-flag.evaluated",
      CREATED: "feature-flag.created",
      UPDATED: "feature-flag.updated",
      ARCHIVED: "feature-flag.archived",
      OVERRIDE_SET: "feature-flag.override.set",
      OVERRIDE_REMOVED: "feature-flag.override.removed",
      CACHE_INVALIDATED: "feature-flag.cache.invalidated",
    });
  });
});
