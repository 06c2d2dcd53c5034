import { fileURLToPath } from "node:url";
import type { SizeLimitConfig } from "size-limit";
import { importable, specifierOf } from "./entries";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));

/** A server keeps its packages in `node_modules`, so only our own code counts. */
function bundleForNode<Options extends object>(options?: Options): Options {
  return { ...(options as Options), platform: "node", packages: "external", format: "esm", logLevel: "error" };
}

/** What shakes out of an entry that servers use, too, may have stood beside Node's modules. */
function leaveNodeOut<Options extends object>(options?: Options): Options {
  return { ...(options as Options), external: ["node:*"], format: "esm", logLevel: "error" };
}

/**
 * Minified, gzip, every dependency in, peers out. The first two are held to what they have reached, so that they cannot
 * grow: their aims, 20 kB and 8 kB, are still ahead. The others are told.
 */
const sizes: SizeLimitConfig = [
  {
    name: "rollease/client with the idb store (aim: 20 kB, not reached)",
    path: [`${dist}client.js`, `${dist}idb.js`],
    import: { [`${dist}client.js`]: "{ createRolleaseClient }", [`${dist}idb.js`]: "{ createIdbStore }" },
    gzip: true,
    limit: "20.7 kB",
  },
  {
    name: "createEvaluator alone (aim: 8 kB, not reached)",
    path: `${dist}index.js`,
    import: "{ createEvaluator }",
    gzip: true,
    limit: "8.7 kB",
    modifyEsbuildConfig: leaveNodeOut,
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
