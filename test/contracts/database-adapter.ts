import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DatabaseAdapter } from "../../src/ports/database-adapter";
import { databaseDefinitionsContract } from "./database-definitions";
import { databaseFeedContract } from "./database-feed";
import { databaseRecordsContract } from "./database-records";

export interface DatabaseUnderTest {
  /** Opens an empty database; called once. */
  open(): Promise<DatabaseAdapter>;
  /** Takes away what `open` made, the adapter already closed. */
  dispose?(): Promise<void>;
  /** Why transactions cannot run side by side here; without it they must. */
  readonly oneAtATime?: string;
}

/** What every `DatabaseAdapter` must do. */
export function databaseAdapterContract(name: string, { open, dispose, oneAtATime }: DatabaseUnderTest): void {
  describe(`${name} as a database`, () => {
    let db: DatabaseAdapter;
    beforeAll(async () => {
      db = await open();
      await Promise.all([db.migrate(), db.migrate()]);
    });
    afterAll(async () => {
      await db.close();
      await dispose?.();
    });
    const use = (): DatabaseAdapter => db;

    databaseDefinitionsContract(use);
    databaseFeedContract(use, oneAtATime);
    databaseRecordsContract(use);

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
