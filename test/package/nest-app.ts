// Prints what an app made of the built package does. With "without", the events are asked for where nothing emits them; with
// "signal", the app is ended by one, and prints that its database is closed.
import { writeSync } from "node:fs";
import { Controller, Get, Injectable, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { createMemoryAdapter } from "rollease/db/memory";
import { FeatureFlag, FeatureFlagEvents, FeatureFlagModule, FeatureFlagService, type FlagEvaluatedEvent } from "rollease/nestjs";

const [, , how = "with"] = process.argv;

@Injectable()
class Shop {
  constructor(private readonly flags: FeatureFlagService) {}

  async look(): Promise<string> {
    return (await this.flags.isEnabled("NEW_LOOK")) ? "new" : "old";
  }
}

@Controller()
class ShopController {
  constructor(private readonly shop: Shop) {}

  @Get("look")
  look() {
    return this.shop.look();
  }

  @Get("beta")
  @FeatureFlag("BETA")
  beta() {
    return "beta";
  }
}

async function main(): Promise<unknown> {
  const { EventEmitter2, EventEmitterModule } = how === "without" ? {} : await import("@nestjs/event-emitter");
  const memory = createMemoryAdapter();
  const db = {
    ...memory,
    async close() {
      await memory.close();
      if (how === "signal") writeSync(1, JSON.stringify({ closed: true }));
    },
  };

  @Module({
    imports: [
      ...(EventEmitterModule ? [EventEmitterModule.forRoot()] : []),
      FeatureFlagModule.forRoot({
        environment: "production",
        db,
        secret: "a-secret-of-the-tests",
        emitEvents: true,
        contextFromRequest: ({ headers }) => ({ userId: String(headers["x-user"]) }),
      }),
    ],
    providers: [Shop],
    controllers: [ShopController],
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(0, "127.0.0.1");
  const url = await app.getUrl();
  if (how === "signal") {
    app.enableShutdownHooks(["SIGTERM"]);
    process.kill(process.pid, "SIGTERM");
    return undefined;
  }
  const heard: string[] = [];
  if (EventEmitter2)
    app.get(EventEmitter2).on(FeatureFlagEvents.EVALUATED, ({ flagKey, result, source }: FlagEvaluatedEvent) => {
      heard.push(`${flagKey} ${String(result)} by ${source}`);
    });
  const flags = app.get(FeatureFlagService);
  await flags.create({ key: "NEW_LOOK", enabled: true, percentage: 0 });
  await flags.create({ key: "BETA" });
  await flags.setOverride("NEW_LOOK", { userId: "ann", enabled: true });

  const get = async (path: string, user: string): Promise<string> => {
    const response = await fetch(url + path, { headers: { "x-user": user } });
    return `${response.status} ${response.ok ? await response.text() : ""}`.trim();
  };
  const answers = [await get("/look", "ann"), await get("/look", "bob"), await get("/beta", "ann")];
  await flags.update("BETA", { enabled: true });
  answers.push(await get("/beta", "ann"));
  await app.close();
  return { answers, heard };
}

main().then(
  (report) => report && console.log(JSON.stringify(report)),
  (error: unknown) => console.log(JSON.stringify({ error: String(error) })),
);
