import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { WorkOSOptions } from "rollease/feature-flag";

/** WorkOS's API as far as one flag goes, on a port of this machine. */
export interface WorkOSApi {
  /** What the SDK is pointed here with. */
  readonly options: WorkOSOptions;
  readonly apiKey: string;
  /** Whether each flag is enabled. */
  readonly flags: Map<string, boolean>;
  /** Method and path of every request, in order. */
  readonly requests: string[];
  /** A status that every request gets instead of an answer, while there is one. */
  outage: number | undefined;
}

export async function openWorkOSApi(flags: Readonly<Record<string, boolean>> = {}): Promise<WorkOSApi> {
  const api = { apiKey: "sk_test_1", flags: new Map(Object.entries(flags)), requests: [] as string[] };
  const server = createServer((request, response) => {
    api.requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    const [status, body] = answer(request.url ?? "", request.headers.authorization);
    response.writeHead(status, { "content-type": "application/json", "x-request-id": "req_1" }).end(JSON.stringify(body));
  });

  function answer(url: string, authorization: string | undefined): [status: number, body: object] {
    if (open.outage !== undefined) return [open.outage, { message: "Try again later.", code: "unavailable" }];
    if (authorization !== `Bearer ${api.apiKey}`) return [401, { message: "Unauthorized" }];
    const slug = /^\/feature-flags\/([^/]+)$/.exec(url)?.[1] ?? "";
    const enabled = api.flags.get(slug);
    if (enabled === undefined) return [404, { message: `Feature flag not found: '${slug}'.`, code: "entity_not_found" }];
    return [200, toFeatureFlag(slug, enabled)];
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const open: WorkOSApi = { ...api, options: { apiHostname: "127.0.0.1", port, https: false }, outage: undefined };
  return open;
}

function toFeatureFlag(slug: string, enabled: boolean): object {
  return {
    object: "feature_flag",
    id: `flag_${slug}`,
    name: slug,
    slug,
    description: "",
    tags: [],
    enabled,
    default_value: false,
    created_at: "2026-01-01T00:00:00.000Z",
    updated_at: "2026-01-01T00:00:00.000Z",
  };
}
