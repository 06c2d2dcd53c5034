import { expect, it } from "vitest";
import { peers } from "../../../adapters/cli/open-database";

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
