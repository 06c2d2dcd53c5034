import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import { entries } from "./entries";

interface Ban {
  readonly selector: string;
  readonly message: string;
}

const everywhere: readonly Ban[] = [
  { selector: "ExportAllDeclaration", message: "Name what is exported." },
  { selector: "TSEnumDeclaration", message: "Use a union of strings." },
];

const noDefault: Ban = { selector: "ExportDefaultDeclaration", message: "Use a named export." };

/** The engine answers at once, from its arguments alone. */
const inEngine: readonly Ban[] = [
  { selector: ":function[async=true]", message: "The engine is synchronous." },
  { selector: "AwaitExpression", message: "The engine is synchronous." },
  { selector: "TSTypeReference[typeName.name='Promise']", message: "The engine is synchronous." },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: "The engine keeps no time: take `now` as an argument.",
  },
  { selector: "CallExpression[callee.name='Date']", message: "The engine keeps no time: take `now` as an argument." },
];

const impureGlobals = ["Promise", "performance", "setTimeout", "setInterval", "queueMicrotask", "console", "fetch", "crypto"];

const noBrowserRule = ["WebAssembly", "process", "Buffer", "global", "require"];

/** What a browser entry consists of: its own folder, and `src/` without what only servers load. */
const browserFolders = entries.filter((each) => each.browser).map((each) => each.source.replace(/[^/]+$/, "**"));
const browserFiles = [...browserFolders, "src/!(server|testing|feature-flag)/**", "src/errors.ts"];

function ban(...bans: readonly (Ban | readonly Ban[])[]): ["error", ...Ban[]] {
  return ["error", ...everywhere, ...bans.flat()];
}

export default defineConfig(
  globalIgnores(["dist/", "coverage/", "**/node_modules/", "test/package/api/", "test/package/consumer/"]),
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: `${import.meta.dirname}/..` } },
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "error" },
    rules: {
      "no-restricted-syntax": ban(noDefault),
      "no-warning-comments": "error",
      "max-lines": ["error", 300],
      eqeqeq: ["error", "smart"],
      "prefer-const": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-meaningless-void-operator": "off",
      // The types promise what a runtime (no navigator) or foreign data may lack; asking first is no mistake.
      "@typescript-eslint/no-unnecessary-condition": "off",
      // Objects here are closures made by factories, not instances.
      "@typescript-eslint/unbound-method": "off",
      // A port's methods answer promises, also where there is nothing to wait for; `async` turns a throw into a rejection.
      "@typescript-eslint/require-await": "off",
      // Takes a generic class with other type arguments (Hono's) for another class.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      // `read<T>(column)`: the caller names the type of what was stored.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // Empty until an app adds its flags to it.
      "@typescript-eslint/no-empty-object-type": ["error", { allowWithName: "^FlagRegistry$" }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreRestSiblings: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: browserFiles,
    rules: {
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-restricted-globals": ["error", ...noBrowserRule],
      "no-restricted-imports": ["error", { patterns: [{ group: ["node:*"], message: "This ships to browsers." }] }],
    },
  },
  {
    files: ["src/engine/**"],
    rules: {
      // It is to be read in one sitting.
      "max-lines": ["error", 200],
      "max-lines-per-function": ["error", { max: 40, skipComments: true, skipBlankLines: true }],
      "no-restricted-syntax": ban(noDefault, inEngine),
      "no-restricted-globals": ["error", ...noBrowserRule, ...impureGlobals],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "The engine keeps no time: take `now` as an argument." },
        { object: "Math", property: "random", message: "The engine draws no lots." },
      ],
    },
  },
  // To throw a promise is how React is told to wait.
  {
    files: ["adapters/react/suspend.ts"],
    rules: { "@typescript-eslint/only-throw-error": ["error", { allow: [{ from: "lib", name: "Promise" }] }] },
  },
  // A facade is a class that is never made; its methods are asked from anywhere.
  {
    files: ["src/feature-flag/feature-flag.ts"],
    rules: { "@typescript-eslint/no-extraneous-class": ["error", { allowStaticOnly: true }] },
  },
  // A class may be no more than what its decorators say.
  {
    files: ["adapters/nestjs/**", "test/adapters/nestjs/**", "test/package/nest-app.ts"],
    rules: { "@typescript-eslint/no-extraneous-class": ["error", { allowWithDecorator: true }] },
  },
  // What decorators tell of arguments is imported as a value, which no type of an import shows.
  { files: ["test/adapters/nestjs/**"], rules: { "@typescript-eslint/consistent-type-imports": "off" } },
  { files: ["adapters/react/**", "demo/**"], extends: [reactHooks.configs.flat.recommended] },
  {
    files: ["test/**", "demo/**"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  // Tools ask for a default export.
  {
    files: [".config/**", "tsup.config.ts", "**/*.config.ts", "test/support/postgres-server.ts"],
    rules: { "no-restricted-syntax": ban() },
  },
);
