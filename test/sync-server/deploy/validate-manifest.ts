import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Manifest } from "./read-manifests";

interface Validate {
  (value: unknown): boolean;
  readonly errors?: readonly {
    readonly instancePath: string;
    readonly message?: string;
    readonly keyword: string;
    readonly params: unknown;
  }[];
}

const require = createRequire(import.meta.url);
/** By their folder: the package's models do not let one see what was validated. */
const schemas = join(dirname(require.resolve("kubernetes-models")), "_schemas");
const GROUPS: Readonly<Record<string, string>> = {
  apps: "Apps",
  autoscaling: "Autoscaling",
  batch: "Batch",
  policy: "Policy",
  "networking.k8s.io": "Networking",
  "rbac.authorization.k8s.io": "Rbac",
};

/** What Kubernetes' own schema of its kind finds wrong with an object, unknown fields included. */
export function faultsOf({ apiVersion, kind, document }: Pick<Manifest, "apiVersion" | "kind" | "document">): readonly string[] {
  const [version = "", group] = apiVersion.split("/").toReversed();
  const prefix = group === undefined ? "Core" : GROUPS[group];
  if (prefix === undefined) return [`There is no group "${String(group)}".`];
  const name = `IoK8sApi${prefix}${version.charAt(0).toUpperCase()}${version.slice(1)}${kind}`;
  const { validate } = require(join(schemas, `${name}.js`)) as { readonly validate: Validate };
  const asked = new Set<string>();
  const ok = validate(observed(document, "", asked));
  const errors = ok
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message, keyword, params }) => `${instancePath}: ${message ?? keyword} ${JSON.stringify(params)}`,
      );
  return [...errors, ...unasked(document, "", asked).map((path) => `${path}: no such field`)];
}

/** The schemas let unknown fields through; but a field that a schema knows is one that its validation reads. */
function observed(value: unknown, path: string, asked: Set<string>): unknown {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === "symbol") return Reflect.get(target, key) as unknown;
      asked.add(`${path}/${key}`);
      return observed(Reflect.get(target, key), `${path}/${key}`, asked);
    },
  });
}

function unasked(value: unknown, path: string, asked: ReadonlySet<string>): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = `${path}/${key}`;
    return asked.has(at) ? unasked(inner, at, asked) : [at];
  });
}
