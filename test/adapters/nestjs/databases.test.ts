import { Injectable, Module } from "@nestjs/common";
import { EventEmitterModule, OnEvent } from "@nestjs/event-emitter";
import { Client } from "pg";
import { migrate } from "rollease/db";
import { createPostgresAdapter } from "rollease/db/postgres";
import { createPrismaAdapter, type PrismaDatabase } from "rollease/db/prisma";
import { FeatureFlagEvents, FeatureFlagModule, FlagEvaluatedEvent } from "rollease/nestjs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";
import { openPrismaFixture, type PrismaFixture } from "../../support/prisma-fixture";
import { openApp, startApp } from "./open-app";

let database: TestDatabase;
let fixture: PrismaFixture;
beforeAll(async () => {
  fixture = await openPrismaFixture();
  database = await openTestDatabase();
});
afterAll(() => database.close());

function openPrisma(): PrismaDatabase {
  const { connectionString } = database;
  const prisma = fixture.openClient({ connectionString });
  onTestFinished(() => prisma.$disconnect());
  return prisma;
}

describe("through the app's Prisma", () => {
  it("says what is missing where the tables are", async () => {
    await expect(openApp({ prisma: openPrisma() })).rejects.toThrow("migrate");
  });

  it("keeps flags in its database, as set up in the documentation, and leaves the client connected", async () => {
    const prismaService = openPrisma();
    await migrate(createPrismaAdapter({ prisma: prismaService }));
    const heard: FlagEvaluatedEvent[] = [];

    @Injectable()
    class Listener {
      @OnEvent(FeatureFlagEvents.EVALUATED)
      handleEvaluation(event: FlagEvaluatedEvent) {
        heard.push(event);
      }
    }

    @Module({
      imports: [
        EventEmitterModule.forRoot(), // must be imported
        FeatureFlagModule.forRoot({
          environment: "production",
          prisma: prismaService,
          emitEvents: true,
        }),
      ],
      providers: [Listener],
    })
    class AppModule {}

    const first = await startApp(AppModule);
    await first.flags.create({ key: "NEW_FEATURE", enabled: true, percentage: 50 });
    await first.flags.update("NEW_FEATURE", { enabled: false });
    await first.flags.setOverride("NEW_FEATURE", { tenantId: "acme", enabled: true });
    await first.flags.update("NEW_FEATURE", { percentage: 0 });
    expect(await first.flags.isEnabled("NEW_FEATURE", { userId: "user-1", tenantId: "acme" })).toBe(true);
    expect(heard.map(({ source }) => source)).toEqual(["tenant_override"]);
    await first.app.close();
    expect(await prismaService.$queryRawUnsafe("SELECT key, version FROM rollease_flags")).toEqual([
      { key: "NEW_FEATURE", version: 4 },
    ]);

    const { flags } = await openApp({ prisma: prismaService });
    expect(await flags.findAll()).toMatchObject([
      {
        key: "NEW_FEATURE",
        enabled: false,
        percentage: 0,
        overrides: [{ scope: "tenant", id: "acme", value: true }],
      },
    ]);
    expect(await flags.isEnabled("NEW_FEATURE", { userId: "user-1" })).toBe(false);
  });
});

describe("on Postgres", () => {
  it("two at once change one flag one after the other", async () => {
    const db = createPostgresAdapter({ connectionString: database.connectionString });
    await migrate(db);
    const { flags } = await openApp({ db, secret: "a-secret-of-the-tests" });
    await flags.create({ key: "BUSY" });
    await Promise.all([
      flags.update("BUSY", { enabled: true }),
      flags.update("BUSY", { percentage: 25 }),
      flags.update("BUSY", { description: "Busy" }),
    ]);
    expect((await flags.findAll()).find(({ key }) => key === "BUSY")).toMatchObject({
      enabled: true,
      percentage: 25,
      description: "Busy",
    });
  });

  it("a database that is put back to before a flag was made ends what was answered of it", async () => {
    const { connectionString } = database;
    const db = createPostgresAdapter({ connectionString });
    const { flags } = await openApp({ db, secret: "a-secret-of-the-tests", cacheTtlMs: 3_600_000 });
    await flags.create({ key: "GONE", enabled: true });
    expect(await flags.isEnabled("GONE", {})).toBe(true);
    const client = new Client({ connectionString });
    await client.connect();
    await client.query("TRUNCATE rollease_flags CASCADE; TRUNCATE rollease_feed");
    await client.end();
    await db.rotateEpoch?.();
    await expect.poll(() => flags.isEnabled("GONE", {}), { timeout: 30_000 }).toBe(false);
  });
});
