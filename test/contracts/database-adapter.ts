import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DatabaseAdapter } from "../../src/ports/database-adapter";
import { databaseDefinitionsContract } from "./database-definitions";
import { databaseErasureContract } from "./database-erasure";
import { databaseFeedContract } from "./database-feed";
import { databaseKeysContract } from "./database-keys";
import { databaseRecordsContract } from "./database-records";
import { databaseReleasesContract } from "./database-releases";
import { databaseRetentionContract } from "./database-retention";
import { databaseWebhooksContract } from "./database-webhooks";

export interface DatabaseUnderTest {
  /** Opens an empty database; called once. */
  open(): Promise<DatabaseAdapter>;
  /** Another server's adapter on the database that `open` opened, closed before it is taken away. Without it, one adapter serves both. */
  openSecond?(): Promise<DatabaseAdapter>;
  /** Takes away what `open` made, the adapter already closed. */
  dispose?(): Promise<void>;
  /** There is one connection, which a transaction keeps to itself: who reads meanwhile waits. @defaultValue false */
  readonly oneAtATime?: boolean;
}

/** What every `DatabaseAdapter` must do. */
export function databaseAdapterContract(
  name: string,
  { open, openSecond, dispose, oneAtATime = false }: DatabaseUnderTest,
): void {
  describe(`${name} as a database`, () => {
    let db: DatabaseAdapter;
    let second: DatabaseAdapter | undefined;
    beforeAll(async () => {
      db = await open();
      second = await openSecond?.();
      await Promise.all([db.migrate(), (second ?? db).migrate()]);
    });
    afterAll(async () => {
      await second?.close();
      await db.close();
      await dispose?.();
    });
    const use = (): DatabaseAdapter => db;
    const useTwo = () => [db, second ?? db] as const;

    databaseDefinitionsContract(use);
    databaseFeedContract(use, oneAtATime);
    databaseRecordsContract(use);
    databaseReleasesContract(use);
    databaseKeysContract(use);
    databaseWebhooksContract(use, useTwo);
    databaseErasureContract(use);
    databaseRetentionContract(use, useTwo);

    it("can be migrated again", async () => {
      const before = await db.clock();
      await db.migrate();
      expect(await db.clock()).toEqual(before);
    });

    it("answers a ping", async () => {
      await expect(db.ping()).resolves.toBeUndefined();
    });
  });
}
