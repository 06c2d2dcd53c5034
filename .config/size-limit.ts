import { fileURLToPath } from "node:url";
import type { SizeLimitConfig } from "size-limit";
import { importable, specifierOf } from "./entries";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));

/** A server keeps its packages in `node_modules`, so only our own code counts. */
function bundleForNode<Options extends object>(options?: Options): Options {
  return { ...(options as Options), platform: "node", packages: "external", format: "esm", logLevel: "error" };
}

/** What shakes out of an entry that servers use, too, may have stood beside Node's modules, and what servers load if asked to. */
function leaveNodeOut<Options extends object>(options?: Options): Options {
  return { ...(options as Options), external: ["node:*", "redis", "ioredis"], format: "esm", logLevel: "error" };
}

/** Minified, gzip, every dependency in, peers out. The first two are held to 20 KB and 8 KB of 1,024 bytes, the third to being alone; the others are told. */
const sizes: SizeLimitConfig = [
  {
    name: "rollease/client with the idb store",
    path: [`${dist}client.js`, `${dist}idb.js`],
    import: { [`${dist}client.js`]: "{ createRolleaseClient }", [`${dist}idb.js`]: "{ createIdbStore }" },
    gzip: true,
    limit: "20480 B",
  },
  {
    name: "createEvaluator alone",
    path: `${dist}index.js`,
    import: "{ createEvaluator }",
    gzip: true,
    limit: "8192 B",
    modifyEsbuildConfig: leaveNodeOut,
  },
  {
    name: "one algorithm of rollease/migrate",
    path: `${dist}migrate.js`,
    import: "{ growthBookV2 }",
    gzip: true,
    limit: "512 B",
  },
  ...importable.map(({ name, browser }) => ({
    name: specifierOf(name),
    path: `${dist}${name}.js`,
    import: "*",
    gzip: true,
    ...(browser ? {} : { modifyEsbuildConfig: bundleForNode }),
  })),
];

export default sizes;
