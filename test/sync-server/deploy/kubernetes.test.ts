import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import packageJson from "../../../package.json";
import { METRICS } from "../../../src/ports/metrics";
import { ROLES } from "../../../sync-server/roles/role";
import { variablesOfCommand } from "./command";
import { type Container, DEPLOY, type Manifest, readManifests, workloadsOf } from "./read-manifests";
import { faultsOf } from "./validate-manifest";

const manifests = readManifests(join(DEPLOY, "k8s"));
const secrets = readManifests(join(DEPLOY, "k8s/examples")).filter(({ kind }) => kind === "Secret");
const workloads = workloadsOf(manifests);
const servers = workloads.filter(({ manifest }) => manifest.kind === "Deployment");

function ofKind(kind: string): readonly Manifest[] {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  expect(found.length).toBeGreaterThan(0);
  return found;
}

/** Those whose pods a selector selects. */
function selected(selector: Readonly<Record<string, string>>): readonly string[] {
  return workloads
    .filter(({ labels }) => Object.entries(selector).every(([key, value]) => labels[key] === value))
    .map(({ manifest }) => manifest.metadata.name);
}

function config(): Readonly<Record<string, string>> {
  return ofKind("ConfigMap")[0]?.document["data"] as Readonly<Record<string, string>>;
}

const variablesOf = ({ env = [] }: Container): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(env.map(({ name, value }) => [name, value]));

describe("the manifests for Kubernetes", () => {
  it.each(
    [...manifests, ...secrets].map((manifest) => [`${manifest.file}: ${manifest.kind} ${manifest.metadata.name}`, manifest]),
  )("%s is what its kind's schema asks for, and no field more", (_, manifest) => {
    expect(faultsOf(manifest)).toEqual([]);
  });

  it("are checked by something that finds a wrong type, a missing field and a misspelt one", () => {
    const kind = { apiVersion: "apps/v1", kind: "Deployment" };
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "x", livenesProbe: {} }] } };
    const document = { ...kind, metadata: { name: "x" }, spec: { replicas: "3", template } };
    expect(faultsOf({ ...kind, document })).toEqual([
      '/spec: required {"missingProperty":"selector"}',
      '/spec/replicas: type {"type":"integer"}',
      "/spec/template/spec/containers/0/livenesProbe: no such field",
    ]);
  });

  it("can be applied as a folder, beginning with the namespace, and leave secrets alone", () => {
    expect(manifests.map(({ kind }) => kind)).not.toContain("Secret");
    const files = new Set(manifests.map(({ file }) => file));
    for (const file of ["namespace.yaml", "rbac.yaml"]) expect(files).toContain(file);
    for (const { kind, metadata } of [...manifests, ...secrets])
      expect(kind === "Namespace" ? metadata.name : metadata.namespace).toBe("feature-flags");
    const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it("give the servers an account that may do nothing, and no token", () => {
    expect(ofKind("Role").map(({ document }) => document["rules"])).toEqual([[]]);
    expect(ofKind("ServiceAccount").map(({ document }) => document["automountServiceAccountToken"])).toEqual([false]);
    const [account] = ofKind("ServiceAccount");
    for (const { pod } of workloads)
      expect([pod["serviceAccountName"], pod["automountServiceAccountToken"]]).toEqual([account?.metadata.name, false]);
  });

  it("select the pods that they are about", () => {
    for (const { manifest, labels } of servers) {
      const { selector } = manifest.document["spec"] as { selector: { matchLabels: Record<string, string> } };
      expect(labels).toMatchObject(selector.matchLabels);
      expect(selected(selector.matchLabels)).toEqual([manifest.metadata.name]);
    }
    for (const { metadata, document } of ofKind("Service"))
      expect(selected((document["spec"] as { selector: Record<string, string> }).selector)).toEqual([metadata.name]);
    for (const { metadata, document } of ofKind("PodDisruptionBudget"))
      expect(selected((document["spec"] as { selector: { matchLabels: Record<string, string> } }).selector.matchLabels)).toEqual([
        metadata.name,
      ]);
    for (const { document } of ofKind("NetworkPolicy"))
      expect(
        selected((document["spec"] as { podSelector: { matchLabels: Record<string, string> } }).podSelector.matchLabels),
      ).not.toEqual([]);
    for (const { document } of ofKind("HorizontalPodAutoscaler")) {
      const { scaleTargetRef } = document["spec"] as { scaleTargetRef: { kind: string; name: string } };
      expect(servers.map(({ manifest }) => manifest.metadata.name)).toContain(scaleTargetRef.name);
    }
  });

  it("run each role once, on the port that leads to it", () => {
    const roles = servers.map(({ pod: { containers } }) => variablesOf(containers[0])["ROLE"]);
    expect(roles.toSorted()).toEqual(ROLES.filter((role) => role !== "all").toSorted());
    for (const { pod } of servers) {
      const [container] = pod.containers;
      const ports = Object.fromEntries(container.ports?.map(({ name, containerPort }) => [name, String(containerPort)]) ?? []);
      expect([ports["http"], ports["metrics"]]).toEqual([variablesOf(container)["PORT"], config()["METRICS_PORT"]]);
      for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe])
        expect(Object.keys(ports)).toContain(probe?.httpGet.port);
      expect(
        [container.startupProbe, container.livenessProbe, container.readinessProbe].map((probe) => probe?.httpGet.path),
      ).toEqual(["/health", "/health", "/ready"]);
    }
    for (const { metadata, document } of ofKind("Service")) {
      const target = servers.find(({ manifest }) => manifest.metadata.name === metadata.name)?.pod.containers[0];
      const { ports } = document["spec"] as { ports: { targetPort: string; port: number }[] };
      for (const { targetPort, port } of ports) expect(target?.ports).toContainEqual({ name: targetPort, containerPort: port });
    }
    const names = servers.flatMap(({ pod }) => pod.containers[0].ports?.map(({ name }) => name));
    const rules = ofKind("NetworkPolicy").flatMap(({ document }) => {
      const { ingress = [] } = document["spec"] as { ingress?: { ports: { port: string }[] }[] };
      return ingress.flatMap(({ ports }) => ports.map(({ port }) => port));
    });
    expect(rules.length).toBeGreaterThan(0);
    for (const port of rules) expect(names).toContain(port);
  });

  it("name variables that the command reads, and secrets that exist", () => {
    const known = new Set([...variablesOfCommand(), "NODE_OPTIONS"]);
    const keys = new Set(
      secrets.flatMap(({ metadata, document }) =>
        Object.keys(document["stringData"] as object).map((key) => `${metadata.name}/${key}`),
      ),
    );
    expect([...Object.keys(config())].filter((name) => !known.has(name))).toEqual([]);
    for (const { pod } of workloads) {
      const [container] = pod.containers;
      expect(container.env?.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
      expect(container.envFrom).toEqual([{ configMapRef: { name: ofKind("ConfigMap")[0]?.metadata.name } }]);
      const asked = container.env?.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []) ?? [];
      expect(asked.map(({ name, key }) => `${name}/${key}`).filter((one) => !keys.has(one))).toEqual([]);
    }
    // As they are made by hand.
    for (const key of ["postgres-credentials/username", "postgres-credentials/password"]) expect(keys).toContain(key);
  });

  it("run this version, as nobody of importance, with nothing to write to and bounds to what they take", () => {
    for (const { manifest, pod } of workloads) {
      const [container] = pod.containers;
      expect(container.image).toBe(`rollease:${packageJson.version}`);
      expect(pod["securityContext"]).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(Object.keys(container.resources.requests).toSorted(), manifest.metadata.name).toEqual(["cpu", "memory"]);
      // V8 has to collect before the kernel kills.
      const heap = /--max-old-space-size=(\d+)/.exec(variablesOf(container)["NODE_OPTIONS"] ?? "")?.[1];
      const limit = /^(\d+)(Mi|Gi)$/.exec(container.resources.limits["memory"] ?? "");
      expect(limit).not.toBeNull();
      if (heap) expect(Number(heap)).toBeLessThanOrEqual(Number(limit?.[1]) * (limit?.[2] === "Gi" ? 1024 : 1) * 0.8);
    }
  });

  it("leave a server the time that it takes to end its streams", () => {
    const command = readFileSync(join(DEPLOY, "../../adapters/cli/serve-command.ts"), "utf8");
    const shutdownSeconds = Number(/SHUTDOWN_MS = ([\d_]+)/.exec(command)?.[1]?.replaceAll("_", "")) / 1000;
    expect(shutdownSeconds).toBeGreaterThan(0);
    for (const { pod } of servers) {
      const before = pod.containers[0].lifecycle?.preStop.sleep.seconds ?? 0;
      expect(before).toBeGreaterThan(0);
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(before + shutdownSeconds);
    }
  });

  it("scale by a number that servers keep, where it is to be had, and by processor time", () => {
    const { metrics } = ofKind("HorizontalPodAutoscaler")[0]?.document["spec"] as {
      metrics: { type: string; pods?: { metric: { name: string } } }[];
    };
    expect(metrics.map(({ type, pods }) => pods?.metric.name ?? type)).toEqual([METRICS.streamClients.name, "Resource"]);
    const adapter = parse(readFileSync(join(DEPLOY, "k8s/examples/prometheus-adapter.yaml"), "utf8")) as {
      rules: { custom: { seriesQuery: string; name: { as: string } }[] };
    };
    expect(adapter.rules.custom.map(({ name }) => name.as)).toEqual([METRICS.streamClients.name]);
    expect(adapter.rules.custom[0]?.seriesQuery).toMatch(new RegExp(`^${METRICS.streamClients.name}{`));
  });
});
