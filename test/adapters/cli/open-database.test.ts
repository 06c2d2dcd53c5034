import { expect, it } from "vitest";
import { hashedAttributesOf } from "../../../adapters/cli/hashed-attributes";
import { databaseUrl, peers, tablesOf } from "../../../adapters/cli/open-database";

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

it("finds the tables that the command line names, else the environment, else the usual ones", () => {
  const env = { ROLLEASE_SCHEMA: "flags", ROLLEASE_TABLE_PREFIX: "f_" };
  expect(tablesOf({}, {})).toEqual({});
  expect(tablesOf({}, { ROLLEASE_SCHEMA: "", ROLLEASE_TABLE_PREFIX: "" })).toEqual({});
  expect(tablesOf({}, env)).toEqual({ schema: "flags", tablePrefix: "f_" });
  expect(tablesOf({ schema: "other", "table-prefix": "o_" }, env)).toEqual({ schema: "other", tablePrefix: "o_" });
});

it("reads names of attributes, and none out of nothing", () => {
  const env = { ROLLEASE_HASHED_ATTRIBUTES: "email, account.owner,," };
  expect(hashedAttributesOf(undefined, env)).toEqual(["email", "account.owner"]);
  expect(hashedAttributesOf("phone", env)).toEqual(["phone"]);
  expect(hashedAttributesOf("", env)).toEqual([]);
  expect(hashedAttributesOf(undefined, {})).toEqual([]);
});
