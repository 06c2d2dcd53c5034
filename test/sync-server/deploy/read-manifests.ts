import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";

export const DEPLOY = fileURLToPath(new URL("../../../sync-server/deploy/", import.meta.url));

/** As much of an object of Kubernetes as the tests ask for. */
export interface Manifest {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly document: Readonly<Record<string, unknown>>;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean } };
  }[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly resources: { readonly requests: Readonly<Record<string, string>>; readonly limits: Readonly<Record<string, string>> };
  readonly securityContext: Readonly<Record<string, unknown>>;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

/** A Deployment or a Job, by the pods that it makes. */
export interface Workload {
  readonly manifest: Manifest;
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: Readonly<Record<string, unknown>> & {
    readonly containers: readonly [Container];
    readonly terminationGracePeriodSeconds?: number;
  };
}

/** Every object of a folder, in the order in which `kubectl apply -f` takes them. A key that is there twice is an error. */
export function readManifests(folder: string): readonly Manifest[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .toSorted();
  return files.flatMap((name) =>
    parseAllDocuments(readFileSync(join(folder, name), "utf8"), { uniqueKeys: true }).map((parsed) => {
      for (const error of [...parsed.errors, ...parsed.warnings]) throw new Error(`${name}: ${error.message}`);
      const document = parsed.toJS() as Omit<Manifest, "file" | "document">;
      return { ...document, file: basename(name), document: document };
    }),
  );
}

export function workloadsOf(manifests: readonly Manifest[]): readonly Workload[] {
  return manifests
    .filter(({ kind }) => kind === "Deployment" || kind === "Job")
    .map((manifest) => {
      const { template } = manifest.document["spec"] as {
        readonly template: { readonly metadata: { readonly labels: Workload["labels"] }; readonly spec: Workload["pod"] };
      };
      return { manifest, labels: template.metadata.labels, pod: template.spec };
    });
}
