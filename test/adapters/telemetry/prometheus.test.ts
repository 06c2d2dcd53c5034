import { register as ownRegister, Registry } from "prom-client";
import { createPrometheusAdapter } from "rollease/telemetry";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { METRICS } from "../../../src/ports/metrics";
import { parseExposition } from "./exposition";

describe("Prometheus", () => {
  it("shows every number of rollease under a name and a unit that it takes", async () => {
    const adapter = createPrometheusAdapter(new Registry());
    for (const { name, type, labels } of Object.values(METRICS)) {
      const given = Object.fromEntries(labels.map((label) => [label, "x"]));
      if (type === "counter") adapter.count(name, given, 3);
      else if (type === "gauge") adapter.gauge(name, 1.5, given);
      else adapter.observe(name, 0.25, given);
      expect(name).toMatch(type === "counter" ? /^rollease_[a-z_]+_total$/ : /^rollease_[a-z_]+$/);
      if (type === "histogram") expect(name).toMatch(/_seconds$/);
    }
    const { contentType, body } = await adapter.expose();
    expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    const series = parseExposition(body);
    for (const { name, type, labels, help } of Object.values(METRICS)) {
      const shown =
        labels.length > 0
          ? `{${labels
              .toSorted()
              .map((label) => `${label}="x"`)
              .join(",")}}`
          : "";
      expect(body).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
      if (type === "histogram") expect(series.get(`${name}_sum${shown}`)).toBe(0.25);
      else expect(series.get(`${name}${shown}`)).toBe(type === "counter" ? 3 : 1.5);
    }
  });

  it("puts durations into buckets of seconds", async () => {
    const adapter = createPrometheusAdapter(new Registry());
    for (const seconds of [0.000_02, 0.002, 5]) adapter.observe(METRICS.evaluationDuration.name, seconds, { call: "one" });
    const series = parseExposition((await adapter.expose()).body);
    const bucket = (le: string): number | undefined =>
      series.get(`rollease_evaluation_duration_seconds_bucket{call="one",le="${le}"}`);
    expect([bucket("0.00001"), bucket("0.00005"), bucket("0.005"), bucket("1"), bucket("+Inf")]).toEqual([0, 1, 2, 2, 3]);
  });

  it("shares the numbers of servers that share a registry, and shows nothing that has not happened", async () => {
    const registry = new Registry();
    const [one, two] = [createPrometheusAdapter(registry), createPrometheusAdapter(registry)];
    one.count(METRICS.mutations.name, { action: "kill", result: "done" });
    two.count(METRICS.mutations.name, { action: "kill", result: "done" });
    expect([...parseExposition((await one.expose()).body)]).toEqual([
      ['rollease_mutations_total{action="kill",result="done"}', 2],
    ]);
  });

  it("uses prom-client's own registry where none is given", async () => {
    onTestFinished(() => ownRegister.clear());
    const adapter = createPrometheusAdapter();
    adapter.gauge(METRICS.streamClients.name, 2);
    expect((await adapter.expose()).body).toBe(await ownRegister.metrics());
    expect(await ownRegister.getSingleMetricAsString("rollease_stream_clients")).toContain("rollease_stream_clients 2");
  });

  it("refuses a number that is none of rollease's", async () => {
    const adapter = createPrometheusAdapter(new Registry());
    await adapter.expose();
    expect(() => adapter.count("rollease_other_total")).toThrow('"rollease_other_total" is no number of rollease.');
  });

  it("names the package that is missing, to whoever asks for the numbers and to whoever counts", async () => {
    vi.doMock("prom-client", () => Promise.reject(new Error("Cannot find package 'prom-client'")));
    onTestFinished(() => void vi.doUnmock("prom-client"));
    const adapter = createPrometheusAdapter();
    adapter.count(METRICS.mutations.name, { action: "kill", result: "done" });
    await expect(adapter.expose()).rejects.toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining("prom-client") as string,
    });
    expect(() => adapter.count(METRICS.mutations.name)).toThrow("prom-client");
  });
});
