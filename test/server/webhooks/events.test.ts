import { createMemoryAdapter } from "rollease/db/memory";
import { verifyWebhookSignature } from "rollease";
import { describe, expect, it, vi } from "vitest";
import type { DatabaseTransaction } from "../../../src/ports/database-adapter";
import { createMutate } from "../../../src/server/mutate";
import { toSettings } from "../../../src/server/config";
import type { WebhookConfig } from "../../../src/server/config-types";
import { createWebhooks } from "../../../src/server/webhooks/webhooks";
import { openRollease, SECRET } from "../open-rollease";
import { openReceiver, type Receiver } from "./receiver";

const plain = { key: "f", type: "boolean", defaultValue: false } as const;
const alice = { id: "u-alice", type: "user", name: "Alice", permissions: ["flags:kill"] } as const;

function eventsOf({ calls }: Receiver): string[] {
  return calls.map(({ payload: { event, flagKey } }) => `${event} ${flagKey ?? ""}`);
}

describe("what is told", () => {
  it("has one event for each change of a flag, and none for what changes no flag", async () => {
    const receiver = await openReceiver();
    const rl = openRollease({ webhooks: [{ url: receiver.url }] });
    const { flags } = rl;
    await flags.create(plain);
    const { id } = await flags.addRule("f", { conditions: { all: [] }, value: true });
    await flags.updateRule("f", id, { value: false });
    await flags.reorderRules("f", [id]);
    await flags.removeRule("f", id);
    await flags.update("f", { description: "d" });
    await flags.setRollout("f", { percentage: 10 });
    await flags.setOverride("f", { scope: "user", id: "u", value: true });
    await flags.removeOverride("f", { scope: "user", id: "u" });
    await flags.setLock("f", { locked: true });
    await flags.setLock("f", { locked: false });
    await flags.createSegment({ key: "s", rules: true });
    await flags.deleteSegment("s");
    await flags.createExclusionLayer({ key: "l", allocations: [] });
    await flags.kill("f");
    await flags.restore("f");
    await flags.archive("f");
    await flags.deleteExclusionLayer("l");
    await flags.delete("f", { confirm: "f" });
    const expected = [
      "flag.create",
      "rule.add",
      "rule.update",
      "flag.update",
      "rule.remove",
      ...Array.from({ length: 6 }, () => "flag.update"),
      "flag.kill",
      "flag.restore",
      "flag.archive",
      "flag.delete",
    ].map((event) => `${event} f`);
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(expected.length), { timeout: 5_000 });
    expect(eventsOf(receiver)).toEqual(expected);
  });

  it("is told of where, by whom, why, before and after, and is signed", async () => {
    const receiver = await openReceiver();
    const rl = openRollease({ environment: "production", webhooks: [{ url: receiver.url, events: ["flag.kill"] }] });
    const before = await rl.flags.create(plain);
    const after = await rl.flags.kill("f", { actor: alice, reason: "incident 4812" });
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(1));
    const { headers, text, payload } = receiver.calls[0]!;
    expect(payload).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/) as string,
      event: "flag.kill",
      flagKey: "f",
      actor: { id: "u-alice", type: "user", name: "Alice" },
      reason: "incident 4812",
      before,
      after,
      environment: "production",
      at: after.updatedAt,
    });
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "x-rollease-event": "flag.kill",
      "x-rollease-delivery": payload.id,
    });
    const header = headers["x-rollease-signature"] as string;
    expect(await verifyWebhookSignature({ secret: SECRET, header, body: text })).toBe(true);
    expect(await verifyWebhookSignature({ secret: SECRET, header, body: text.replace("killed", "active") })).toBe(false);
  });

  it("says null where there is nothing to say", async () => {
    const receiver = await openReceiver();
    const rl = openRollease({ webhooks: [{ url: receiver.url }] });
    await rl.flags.create({ ...plain, environment: "staging" });
    await rl.flags.delete("f", { confirm: "f" });
    await rl.flags.create({ ...plain, key: "g" });
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(3));
    const [created, deleted] = receiver.calls.filter(({ payload }) => payload.flagKey === "f");
    expect(created!.payload).toMatchObject({ actor: null, reason: null, before: null, environment: "staging" });
    expect(deleted!.payload).toMatchObject({ after: null, before: { key: "f" }, environment: "staging" });
    expect(receiver.calls.find(({ payload }) => payload.flagKey === "g")!.payload.environment).toBeNull();
  });

  it("keeps private attributes to itself", async () => {
    const receiver = await openReceiver();
    const rl = openRollease({ privacy: { privateAttributes: ["email"] }, webhooks: [{ url: receiver.url }] });
    const conditions = { all: [{ dimension: "email", op: "eq", value: "alice@example.com" }] } as const;
    await rl.flags.create({ ...plain, rules: [{ conditions, value: true }] });
    await rl.flags.kill("f");
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(2));
    for (const { text } of receiver.calls) {
      expect(text).not.toContain("alice@example.com");
      expect(text).toContain("[REDACTED]");
    }
  });

  it("is told as one event of a release, with all its flags", async () => {
    const receiver = await openReceiver();
    const db = createMemoryAdapter();
    const settings = toSettings({ db, secret: SECRET, webhooks: [{ url: receiver.url }] });
    const webhooks = createWebhooks(settings);
    const mutate = createMutate(settings, { ...webhooks, refresh: () => Promise.resolve(), assertOpen: () => undefined });
    await mutate({
      action: "deploy_release",
      key: "r1",
      options: { actor: alice },
      prepare: () => async () => ({
        result: undefined,
        changed: [],
        releaseId: "r1",
        records: [
          { action: "kill", flagKey: "a", before: { key: "a", version: 1 }, after: { key: "a", version: 2 } },
          { flagKey: null, before: { id: "r1", status: "pending" }, after: { id: "r1", status: "deployed", environment: "eu" } },
          { action: "add_rule", flagKey: "b", before: { key: "b", version: 1 }, after: { key: "b", version: 2 } },
        ],
      }),
    });
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(1));
    await webhooks.close();
    expect(receiver.calls[0]!.payload).toMatchObject({
      event: "release.deploy",
      flagKey: null,
      releaseId: "r1",
      environment: "eu",
      before: { release: { status: "pending" }, flags: { a: { version: 1 }, b: { version: 1 } } },
      after: { release: { status: "deployed" }, flags: { a: { version: 2 }, b: { version: 2 } } },
    });
    expect(receiver.calls).toHaveLength(1);
  });
});

describe("who is told", () => {
  it("is who wants the event; a url that several webhooks name is called once, as the first of them says", async () => {
    const [one, two] = [await openReceiver(), await openReceiver()];
    const header = (name: string): Pick<WebhookConfig, "headers"> => ({
      headers: { "X-Webhook-Token": name, "Content-Type": "text/json", "X-Rollease-Event": "forged" },
    });
    const rl = openRollease({
      webhooks: [
        { url: one.url, events: ["flag.kill"], ...header("first") },
        { url: one.url, events: ["flag.kill", "flag.create"], ...header("second") },
        { url: two.url, events: ["flag.restore"] },
        { url: two.url, events: [] },
      ],
    });
    await rl.flags.create(plain);
    await rl.flags.update("f", { description: "d" });
    await rl.flags.kill("f");
    await rl.flags.restore("f");
    await vi.waitFor(() => expect([one.calls.length, two.calls.length]).toEqual([2, 1]));
    expect(one.calls.map(({ headers }) => [headers["x-webhook-token"], headers["x-rollease-event"]])).toEqual([
      ["second", "flag.create"],
      ["first", "flag.kill"],
    ]);
    expect(one.calls[0]!.headers["content-type"]).toBe("text/json");
    expect(eventsOf(two)).toEqual(["flag.restore f"]);
  });

  it("is nobody where the change did not come to be", async () => {
    const receiver = await openReceiver();
    const memory = createMemoryAdapter();
    let broken = false;
    const added = vi.fn();
    const db = {
      ...memory,
      transaction: <T>(work: (tx: DatabaseTransaction) => Promise<T>) =>
        memory.transaction((tx) =>
          work({
            ...tx,
            addWebhookCalls: (calls) => (added(calls), tx.addWebhookCalls(calls)),
            ...(broken && { advance: () => Promise.reject(new Error("broken")) }),
          }),
        ),
    };
    const rl = openRollease({ db, webhooks: [{ url: receiver.url }], resilience: { retry: { attempts: 1 } } });
    await rl.flags.create(plain);
    broken = true;
    await expect(rl.flags.kill("f")).rejects.toThrow("broken");
    broken = false;
    await rl.flags.update("f", { description: "d" });
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(2));
    expect(added).toHaveBeenCalledTimes(3);
    expect(eventsOf(receiver)).toEqual(["flag.create f", "flag.update f"]);
  });

  it("is nobody where no webhook is configured: the database is not even asked", async () => {
    const db = createMemoryAdapter();
    const claim = vi.spyOn(db, "claimWebhookCalls");
    const rl = openRollease({ db });
    await rl.flags.create(plain);
    await rl.close();
    expect(claim).not.toHaveBeenCalled();
  });
});

describe("configuration", () => {
  it.each<[string, unknown]>([
    ["webhooks[0].url", { url: "ftp://example.com" }],
    ["webhooks[0].url", { url: "https://user:password@example.com/hook" }],
    ["webhooks[0].events[0]", { url: "https://example.com", events: ["flag.killed"] }],
    ["webhooks[0].headers.x-token", { url: "https://example.com", headers: { "x-token": "two\nlines" } }],
    ["webhooks[0].headers.no name", { url: "https://example.com", headers: { "no name": "1" } }],
    ["webhooks[0].retry.attempts", { url: "https://example.com", retry: { attempts: 0 } }],
    ["webhooks[0].dlq", { url: "https://example.com", dlq: "yes" }],
  ])("names %s when it is wrong", (field, webhook) => {
    expect(() => openRollease({ webhooks: [webhook as WebhookConfig] })).toThrow(
      expect.objectContaining({ code: "CONFIGURATION", message: expect.stringContaining(`${field}:`) as string }),
    );
  });
});
