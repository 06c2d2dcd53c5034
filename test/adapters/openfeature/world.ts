import { type Client as ServerClient, OpenFeature as Server, type Provider as ServerProvider } from "@openfeature/server-sdk";
import type { EvaluationContext } from "@openfeature/core";
import { type Client as WebClient, OpenFeature as Web, type Provider as WebProvider } from "@openfeature/web-sdk";
import type { RolleaseClient, RolleaseClientOptions } from "rollease/client";
import { createRolleaseProvider, createRolleaseWebProvider } from "rollease/openfeature";
import type { RolleaseProvider, RolleaseWebProvider } from "rollease/openfeature";
import { onTestFinished } from "vitest";
import type { FlagInput, RolleaseCore } from "../../../src/server/types";
import { createWorld } from "../../client/world";
import { openRollease } from "../../server/open-rollease";
import { settle } from "../../support/manual-clock";

/** Flags of every type, with one value for most, and another one for a mail address or a user. */
export const FLAGS: readonly FlagInput[] = [
  { key: "boolean-flag", type: "boolean", defaultValue: false, rules: [toAll({ variantId: "on" })], variants: pair(true, false) },
  { key: "string-flag", type: "string", defaultValue: "hi" },
  { key: "integer-flag", type: "number", defaultValue: 10 },
  { key: "float-flag", type: "number", defaultValue: 0.5 },
  { key: "huge-integer-flag", type: "number", defaultValue: Number.MAX_SAFE_INTEGER },
  { key: "object-flag", type: "json", defaultValue: { showImages: true, title: "Check out these pics!", imagesPerPage: 100 } },
  { key: "boolean-zero-flag", type: "boolean", defaultValue: false },
  { key: "string-zero-flag", type: "string", defaultValue: "" },
  { key: "integer-zero-flag", type: "number", defaultValue: 0 },
  { key: "object-zero-flag", type: "json", defaultValue: {} },
  { key: "boolean-targeted-zero-flag", type: "boolean", defaultValue: false, rules: [toBallmer(false)] },
  { key: "string-targeted-zero-flag", type: "string", defaultValue: "", rules: [toBallmer("")] },
  { key: "integer-targeted-zero-flag", type: "number", defaultValue: 0, rules: [toBallmer(0)] },
  { key: "object-targeted-zero-flag", type: "json", defaultValue: {}, rules: [toBallmer({})] },
  {
    key: "context-aware",
    type: "string",
    defaultValue: "EXTERNAL",
    rules: [
      {
        value: "INTERNAL",
        conditions: {
          all: [
            { dimension: "email", op: "endsWith", value: "@macrosoft.com" },
            { dimension: "role", op: "eq", value: "admin" },
            { dimension: "age", op: "gte", value: 65 },
            { dimension: "customer", op: "eq", value: false },
          ],
        },
      },
    ],
  },
  {
    key: "targeting-key-flag",
    type: "string",
    defaultValue: "miss",
    overrides: [{ scope: "user", id: "5c3d8535-f81a-4478-a6d3-afaa4d51199e", value: "hit" }],
  },
  { key: "wrong-flag", type: "string", defaultValue: "uh-oh" },
  { key: "half", type: "boolean", defaultValue: false, rollout: { percentage: 50 } },
];

function pair(on: boolean, off: boolean): NonNullable<FlagInput["variants"]> {
  return [
    { key: "on", value: on, weight: 1 },
    { key: "off", value: off, weight: 1 },
  ];
}
function toAll(outcome: { readonly variantId: string }): NonNullable<FlagInput["rules"]>[number] {
  return { id: "everybody", conditions: { all: [] }, ...outcome };
}
function toBallmer(value: boolean | string | number | object): NonNullable<FlagInput["rules"]>[number] {
  return { conditions: { dimension: "email", op: "eq", value: "ballmer@macrosoft.com" }, value: value as never };
}

/** rollease's provider with OpenFeature's own SDK for servers. */
export async function openServer(flags: readonly FlagInput[] = []): Promise<{
  readonly rl: RolleaseCore;
  readonly provider: RolleaseProvider;
  readonly client: ServerClient;
}> {
  const rl = openRollease();
  for (const flag of flags) await rl.flags.create(flag);
  const provider = createRolleaseProvider(rl.flags);
  return { rl, provider, client: await serve(provider) };
}

/** Registers a provider for the time of the test. */
export async function serve(provider: ServerProvider): Promise<ServerClient> {
  const quiet = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };
  Server.setLogger(quiet);
  onTestFinished(async () => {
    await Server.clearProviders();
    Server.clearHandlers();
    Server.clearHooks();
    Server.setContext({});
  });
  await Server.setProviderAndWait(provider).catch(() => undefined);
  return Server.getClient();
}

export interface WebWorld extends Omit<ReturnType<typeof createWorld>, "client"> {
  /** Makes another client of the same server. */
  readonly another: ReturnType<typeof createWorld>["client"];
  readonly rollease: RolleaseClient;
  readonly provider: RolleaseWebProvider;
}

/** A client of rollease with flags, on a clock that stands still; nobody has been told of its provider yet. */
export function createWebWorld(flags: readonly FlagInput[] = [], options: Partial<RolleaseClientOptions> = {}): WebWorld {
  const world = createWorld();
  onTestFinished(world.destroyAll);
  const rules = ({ rules = [] }: FlagInput): object[] =>
    rules.map((rule, i) => ({ id: `r${i}`, priority: i, enabled: true, ...rule }));
  if (flags.length > 0) world.server.commit(flags.map((flag) => ({ ...flag, rules: rules(flag) }) as never));
  const rollease = world.client({ streaming: true, ...options });
  return { ...world, another: world.client, rollease, provider: createRolleaseWebProvider(rollease) };
}

/** Registers a provider for the time of the test, for its own context. */
export async function show(provider: WebProvider, context: EvaluationContext = {}): Promise<WebClient> {
  const quiet = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };
  Web.setLogger(quiet);
  onTestFinished(async () => {
    await Web.clearProviders();
    Web.clearHandlers();
    Web.clearHooks();
    await Web.setContext({});
  });
  await Web.setContext(context);
  const shown = Web.setProviderAndWait(provider).catch(() => undefined);
  await settle();
  await shown;
  return Web.getClient();
}

/** rollease's provider with OpenFeature's own SDK for browsers. */
export async function openWeb(
  flags: readonly FlagInput[] = [],
  context: EvaluationContext = {},
): Promise<WebWorld & { readonly client: WebClient }> {
  const world = createWebWorld(flags);
  return { ...world, client: await show(world.provider, context) };
}
