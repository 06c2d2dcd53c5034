import type { IConfiguration, IRegularForbiddenRuleType } from "dependency-cruiser";
import { entries } from "./entries";

const browserFolders = entries.filter((each) => each.browser).map((each) => each.source.replace(/[^/]+$/, ""));

/** What each part of `src/` may import, itself aside. */
const layers: Readonly<Record<string, readonly string[]>> = {
  "model/": ["errors.ts"],
  "errors.ts": ["model/"],
  "engine/": ["model/", "errors.ts"],
  "protocol/": ["model/", "errors.ts", "engine/", "ports/"],
  "ports/": ["model/", "errors.ts", "engine/", "protocol/"],
  "replica/": ["model/", "errors.ts", "engine/", "protocol/", "ports/"],
  "client/": ["model/", "errors.ts", "engine/", "protocol/", "ports/", "replica/"],
  "server/": ["model/", "errors.ts", "engine/", "protocol/", "ports/", "replica/"],
};

type Rule = IRegularForbiddenRuleType;

function forbid(name: string, comment: string, from: Rule["from"], to: Rule["to"]): Rule {
  return { name, comment, severity: "error", from, to };
}

const layerRules = Object.entries(layers).map(([layer, allowed]) => {
  const may = [layer, ...allowed].map((part) => part.replace(".", "\\."));
  return forbid(
    `src-${layer.replace(/\W(ts)?/, "")}-looks-down`,
    "model, errors <- engine, protocol, ports <- replica <- client, server <- feature-flag, testing",
    { path: `^src/${layer.replace(".", "\\.")}` },
    { path: "^src/", pathNot: `^src/(${may.join("|")})` },
  );
});

const placeRules: readonly Rule[] = [
  forbid("no-cycles", "A file does not need what needs it.", { path: "^(src|adapters|sync-server|demo)/" }, { circular: true }),
  forbid(
    "everything-resolves",
    "A name that leads nowhere. What the benchmark compares rollease with, Prisma, and the SDKs that imports are held against, are installed when they are run.",
    { pathNot: "^test/bench/peers/contestants/|^test/fixtures/(prisma|source-sdks)/" },
    { couldNotResolve: true },
  ),
  forbid(
    "no-grab-bags",
    "A file is named by what it owns.",
    {},
    { path: "(^|/)(utils?|helpers?|common|misc)(/|\\.tsx?$)", pathNot: "node_modules", dependencyTypesNot: ["core"] },
  ),
  forbid(
    "src-touches-nothing-foreign",
    "src/ knows no adapter, no server for HTTP, no demo, but for the three entries that compose.",
    { path: "^src/", pathNot: "^src/(index|client/index)\\.ts$|^src/testing/" },
    { path: "^(adapters|sync-server|demo|test)/" },
  ),
  forbid(
    "index-composes-what-ships",
    "The package's index is no place for tests.",
    { path: "^src/index\\.ts$" },
    { path: "^(demo|test)/" },
  ),
  forbid(
    "client-composes-with-its-default-store",
    "A browser's client keeps what it knows in IndexedDB unless told otherwise.",
    { path: "^src/client/index\\.ts$" },
    { path: "^(adapters|sync-server|demo|test)/", pathNot: "^adapters/idb/" },
  ),
  forbid(
    "testing-composes-with-memory",
    "A mock is the whole server on a database in memory.",
    { path: "^src/testing/" },
    { path: "^(adapters|sync-server|demo|test)/", pathNot: "^adapters/db/memory/" },
  ),
  forbid(
    "nobody-imports-the-index",
    "An entry is for users; inside, import the file that owns the thing. Who needs the whole of rollease may ask for it.",
    { path: "^(src|adapters)/", pathNot: "^src/(feature-flag|testing)/|^adapters/(cli|msw)/" },
    { path: "^src/index\\.ts$" },
  ),
  forbid(
    "sync-server-knows-no-adapter",
    "It imports src/ alone.",
    { path: "^sync-server/" },
    { path: "^(adapters|demo|test|src/client)/" },
  ),
  forbid(
    "adapters-stand-alone",
    "Adapters import src/, not each other; next builds on react, the command composes everything.",
    { path: "^adapters/([^/]+)/", pathNot: "^adapters/cli/" },
    { path: "^(adapters|sync-server|demo|test)/", pathNot: "^adapters/$1/|^adapters/db/[^/]+\\.ts$|^adapters/react/" },
  ),
  forbid("only-next-knows-react", "", { path: "^adapters/", pathNot: "^adapters/(react|next)/" }, { path: "^adapters/react/" }),
  forbid(
    "databases-share-what-is-above-them",
    "What several databases need stands above them.",
    { path: "^adapters/db/([^/]+)/" },
    { path: "^adapters/db/[^/]+/", pathNot: "^adapters/db/($1|rows|migrations|sql|drizzle)/" },
  ),
  forbid(
    "only-postgres-is-reached-through-drizzle",
    "pg and PGlite are; the other databases have gateways of their own.",
    { path: "^adapters/db/", pathNot: "^adapters/db/(drizzle|postgres|pglite)/" },
    { path: "^adapters/db/drizzle/" },
  ),
  forbid(
    "demo-uses-public-names",
    "The demo is a user: rollease, rollease/client and so on.",
    { path: "^demo/" },
    { path: "^(src|adapters|sync-server|test)/", dependencyTypesNot: ["aliased-tsconfig-paths"] },
  ),
];

const npmRules: readonly Rule[] = [
  forbid(
    "src-needs-two-packages",
    "murmurhash3js-revisited in the engine, eventsource-parser where changes arrive, nothing else.",
    { path: "^src/" },
    {
      dependencyTypes: ["npm", "npm-dev", "npm-peer", "npm-optional"],
      pathNot: "node_modules/(murmurhash3js-revisited|eventsource-parser)/|@types/",
    },
  ),
  forbid(
    "murmur-is-the-engine's",
    "",
    { path: "^src/", pathNot: "^src/engine/" },
    { path: "node_modules/murmurhash3js-revisited/" },
  ),
  forbid(
    "event-streams-are-the-replica's",
    "",
    { path: "^src/", pathNot: "^src/(client|replica)/" },
    { path: "node_modules/eventsource-parser/" },
  ),
  forbid(
    "node-is-the-server's",
    "Only what never ships to a browser may use Node's modules.",
    { path: ["^src/", ...browserFolders.map((folder) => `^${folder}`)], pathNot: "^src/server/" },
    { dependencyTypes: ["core"] },
  ),
  forbid(
    "ships-with-what-it-imports",
    "A dependency or a peer; development has packages of its own.",
    { path: "^(src|adapters|sync-server)/" },
    { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["npm-peer", "npm", "type-only"] },
  ),
];

/** The rule of place, and who may import whom. */
const configuration: IConfiguration = {
  forbidden: [...layerRules, ...placeRules, ...npmRules],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|test/package/consumer)/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default", "types"] },
  },
};

export default configuration;
