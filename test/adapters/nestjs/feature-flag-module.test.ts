import { Controller, Get, Inject, Injectable, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { DatabaseAdapter } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { FeatureFlagModule, type FeatureFlagModuleOptions, FeatureFlagService } from "rollease/nestjs";
import { describe, expect, it, onTestFinished } from "vitest";
import { settle } from "../../support/manual-clock";
import { openApp, openRollease, SECRET, startApp } from "./open-app";

/** A database that tells whether it is closed. */
function openDatabase(): { db: DatabaseAdapter; closed(): boolean } {
  const db = createMemoryAdapter();
  let closed = false;
  const close = async (): Promise<void> => {
    closed = true;
    await db.close();
  };
  return { db: { ...db, close }, closed: () => closed };
}

@Injectable()
class Settings {
  readonly environment = "staging";
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

describe("forRootAsync", () => {
  it("waits for what makes the options, with what that asks for", async () => {
    @Module({
      imports: [
        FeatureFlagModule.forRootAsync({
          imports: [SettingsModule],
          inject: [Settings],
          useFactory: async ({ environment }: Settings) => {
            await new Promise((resolve) => setTimeout(resolve, 5));
            return { environment, db: createMemoryAdapter(), secret: SECRET };
          },
        }),
      ],
    })
    class AppModule {}
    const { flags } = await startApp(AppModule);
    await flags.create({ key: "FLAG" });
    await flags.setOverride("FLAG", { environment: "staging", enabled: true });
    expect(await flags.isEnabled("FLAG", {})).toBe(true);
  });

  it("takes a class that makes them", async () => {
    @Injectable()
    class Options {
      constructor(@Inject(Settings) private readonly settings: Settings) {}

      createFeatureFlagOptions(): FeatureFlagModuleOptions {
        return { environment: this.settings.environment, db: createMemoryAdapter(), secret: SECRET };
      }
    }
    const { flags } = await startApp(FeatureFlagModule.forRootAsync({ imports: [SettingsModule], useClass: Options }));
    await flags.create({ key: "FLAG", enabled: true });
    expect(await flags.isEnabled("FLAG", {})).toBe(true);
  });

  it("fails to start where the options are wrong", async () => {
    const made = FeatureFlagModule.forRootAsync({ useFactory: () => ({ environment: "" }) as never });
    await expect(startApp(made)).rejects.toThrow("environment: must not be empty");
  });
});

describe("forRoot", () => {
  const db = createMemoryAdapter();

  it.each([
    ["no environment", { environment: undefined, db, secret: SECRET }, "environment: is required."],
    [
      "nothing to evaluate on",
      { environment: "production" },
      "rl: FeatureFlagModule needs one of rl, db with secret, and prisma.",
    ],
    [
      "two things",
      { environment: "production", db, prisma: { $transaction: () => undefined } },
      "db, prisma: FeatureFlagModule needs one of",
    ],
    ["no secret for a database", { environment: "production", db }, "secret: must have at least 16 characters."],
    ["no database", { environment: "production", db: {}, secret: SECRET }, "db: must be a database adapter."],
    ["no client", { environment: "production", prisma: {} }, "prisma: must be a PrismaClient."],
    ["no server", { environment: "production", rl: { flags: {} } }, "rl: must be what createRollease answers."],
    ["no time", { environment: "production", db, secret: SECRET, cacheTtlMs: -1 }, "cacheTtlMs: must be between 0 and Infinity."],
    ["no yes", { environment: "production", db, secret: SECRET, emitEvents: 1 }, "emitEvents: must be true or false."],
    [
      "no function",
      { environment: "production", db, secret: SECRET, contextFromRequest: {} },
      "contextFromRequest: must be a function.",
    ],
    ["what there is not", { environment: "production", db, secret: SECRET, ttl: 5 }, "ttl: is not a known field."],
  ])("refuses %s by name", async (_, options, message) => {
    const started = startApp(FeatureFlagModule.forRoot(options as never));
    await expect(started).rejects.toMatchObject({
      name: "ConfigurationError",
      message: expect.stringContaining(message) as string,
    });
  });

  it("refuses a server of another environment", async () => {
    await expect(openApp({ rl: openRollease({ environment: "staging" }) })).rejects.toThrow(
      'environment: is "production", but rl is confined to "staging".',
    );
  });

  it("gives the service to every module without another import", async () => {
    @Injectable()
    class Elsewhere {
      constructor(readonly flags: FeatureFlagService) {}
    }
    @Module({ providers: [Elsewhere] })
    class ElsewhereModule {}
    const { app, flags } = await openApp({}, { imports: [ElsewhereModule] });
    expect(app.get(Elsewhere, { strict: false }).flags).toBe(flags);
  });
});

describe("an app that is closed", () => {
  it("closes what the module has opened, once the last request is answered", async () => {
    const { db, closed } = openDatabase();
    let [arrive, letGo] = [(): void => undefined, (): void => undefined];
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const held = new Promise<void>((resolve) => (letGo = resolve));

    @Controller("slow")
    class SlowController {
      constructor(private readonly flags: FeatureFlagService) {}

      @Get()
      async ask() {
        arrive();
        await held;
        return [await this.flags.isEnabled("FLAG")];
      }
    }
    const { app, flags, get } = await openApp({ db, secret: SECRET }, { controllers: [SlowController] });
    await flags.create({ key: "FLAG", enabled: true });
    const answer = get("/slow", { connection: "close" });
    await arrived;
    const closing = app.close();
    await settle();
    expect(closed()).toBe(false);
    letGo();
    expect((await answer).body).toEqual([true]);
    await closing;
    expect(closed()).toBe(true);
    await expect(flags.isEnabled("FLAG", { userId: "ann" })).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("leaves a server alone that it was given", async () => {
    const { db, closed } = openDatabase();
    const rl = openRollease({ db });
    const { app } = await openApp({ rl });
    await app.close();
    await rl.flags.create({ key: "FLAG", type: "boolean", defaultValue: true });
    expect(await rl.flags.isEnabled("FLAG", {})).toBe(true);
    expect(closed()).toBe(false);
  });

  it("closes what was opened for an app that cannot start", async () => {
    const { db, closed } = openDatabase();
    const broken = {
      ...db,
      feed: () => Promise.reject(new Error("no database")),
      clock: () => Promise.reject(new Error("no database")),
    };
    await expect(openApp({ db: broken, secret: SECRET })).rejects.toThrow();
    expect(closed()).toBe(true);
  });

  it("needs no HTTP", async () => {
    const { db, closed } = openDatabase();
    const app = await NestFactory.createApplicationContext(
      FeatureFlagModule.forRoot({ environment: "production", db, secret: SECRET }),
      { logger: false, abortOnError: false },
    );
    onTestFinished(() => app.close());
    const flags = app.get(FeatureFlagService);
    await flags.create({ key: "FLAG", enabled: true });
    expect(await flags.isEnabled("FLAG")).toBe(true);
    await app.close();
    expect(closed()).toBe(true);
  });
});
