import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { emitDecoratorMetadata } from "./decorator-metadata";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Public names lead to the sources, as `paths` in tsconfig.json says. */
const alias = [
  { find: /^rollease$/, replacement: `${root}src/index.ts` },
  { find: /^rollease\/(client|feature-flag|testing)$/, replacement: `${root}src/$1/index.ts` },
  { find: /^rollease\/server$/, replacement: `${root}sync-server/index.ts` },
  { find: /^rollease\/(.+)$/, replacement: `${root}adapters/$1/index.ts` },
];

/** Where `test/fixtures/prepare.ts` has installed a fixture's packages. */
const installed = (fixture: string): string => `${root}node_modules/.cache/rollease-fixtures/${fixture}/current/node_modules/`;
const react18 = installed("react-18");

export default defineConfig({
  root,
  resolve: { alias },
  test: {
    // Most of the integration tests' time is waiting, which two can do beside each other on any machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: ["test/{integration,browser,package,bench,adapters/nestjs}/**", "**/node_modules/**"],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        // The same tests on the oldest React that is supported.
        resolve: {
          alias: [
            { find: /^(react|react-dom)(?=$|\/)/, replacement: `${react18}$1` },
            // What it requires cannot be led elsewhere, what it imports can.
            {
              find: "@testing-library/react",
              replacement: `${root}node_modules/@testing-library/react/dist/@testing-library/react.esm.js`,
            },
          ],
        },
        test: {
          name: "react-18",
          include: ["test/adapters/react/**/*.test.{ts,tsx}"],
          server: { deps: { inline: [/@testing-library\/react/, /zustand/] } },
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        // The adapter and its tests on one Nest, the one that comes with a platform for HTTP.
        resolve: { alias: [{ find: /^(@nestjs\/.+|reflect-metadata|rxjs)$/, replacement: `${installed("nest")}$1` }] },
        plugins: [emitDecoratorMetadata(`${root}test/adapters/nestjs/`)],
        test: {
          name: "nest",
          include: ["test/adapters/nestjs/**/*.test.ts"],
          globalSetup: "test/support/postgres-server.ts",
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.{ts,tsx}"],
          globalSetup: "test/support/postgres-server.ts",
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.{ts,tsx}"],
          globalSetup: "test/support/postgres-server.ts",
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: { name: "package", include: ["test/package/**/*.test.{ts,tsx}"], testTimeout: 300_000, hookTimeout: 300_000 },
      },
    ],
  },
});
