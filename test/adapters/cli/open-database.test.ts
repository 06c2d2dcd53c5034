import { expect, it } from "vitest";
import { databaseUrl, peers } from "../../../adapters/cli/open-database";

const missing = (): Promise<never> =>
  Promise.reject(Object.assign(new Error("Cannot find package 'pg'"), { code: "ERR_MODULE_NOT_FOUND" }));

it("says what to install where an optional package is absent", async () => {
  await expect(peers(missing, "Postgres", "pg drizzle-orm")).rejects.toMatchObject({
    code: "CONFIGURATION",
    message: expect.stringContaining("npm install pg drizzle-orm") as string,
  });
});

it("does not hide what else goes wrong", async () => {
  const error = new Error("boom");
  await expect(peers(() => Promise.reject(error), "Postgres", "pg")).rejects.toBe(error);
  expect(await peers(async () => 5, "Postgres", "pg")).toBe(5);
});

it("finds the Postgres that the environment names, if any", () => {
  const all = { POSTGRES_HOST: "db", POSTGRES_PORT: "6", POSTGRES_DB: "f", POSTGRES_USER: "u", POSTGRES_PASSWORD: "p@ss/word" };
  expect(databaseUrl({})).toBeUndefined();
  expect(databaseUrl(all)).toBe("postgres://u:p%40ss%2Fword@db:6/f");
  expect(databaseUrl({ ...all, DATABASE_URL: "postgres://other" })).toBe("postgres://other");
  expect(databaseUrl({ POSTGRES_HOST: "db" })).toBe("postgres://postgres:postgres@db:5432/featureflags");
});

it("takes the local one for servers of one role, which share it", () => {
  expect(databaseUrl({}, "evaluate")).toBe("postgres://postgres:postgres@localhost:5432/featureflags");
});
