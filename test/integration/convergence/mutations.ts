import { setTimeout as delay } from "node:timers/promises";
import { FIRST_FLAGS, FLEETING, GROUPS, PLAIN, ROLLOUTS, SEGMENT, SPLITS, variants } from "./flags";
import type { Seeded } from "./seeded";

export interface Admin {
  /** Answers what the server said; `undefined` where it refused, or was not there to say anything. */
  call(method: string, path: string, body?: unknown): Promise<Record<string, unknown> | undefined>;
}

export function createAdmin(baseUrl: string, adminToken: string): Admin {
  return {
    async call(method, path, body) {
      try {
        const response = await fetch(`${baseUrl}/admin${path}`, {
          method,
          headers: { "content-type": "application/json", "x-admin-token": adminToken },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(10_000),
        });
        const text = await response.text();
        return response.ok ? ((text ? JSON.parse(text) : {}) as Record<string, unknown>) : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

export async function createFirstFlags({ call }: Admin): Promise<void> {
  for (const flag of FIRST_FLAGS) {
    if (!(await call("POST", "/flags", flag))) throw new Error(`The flag ${flag.key} could not be made`);
  }
  await call("POST", "/segments", { key: SEGMENT, rules: { any: [{ dimension: "userId", op: "eq", value: "u1" }] } });
}

/** One random change, or a few that belong together. */
async function change({ call }: Admin, random: Seeded): Promise<unknown> {
  const number = random.below(1_000_000_000);
  const [plain, fleeting] = [random.pick(PLAIN), random.pick(FLEETING)];
  const kinds: readonly (() => Promise<unknown>)[] = [
    () => release(),
    () => release(),
    () => call("PATCH", `/flags/${plain}`, { defaultValue: `${number}` }),
    () => call("PATCH", `/flags/${random.pick(GROUPS.flat())}`, { description: `${number}` }),
    () => call("PATCH", `/flags/${plain}`, { rollout: { percentage: number % 101, value: "in" } }),
    () => call("POST", `/flags/${plain}/${random.pick(["kill", "restore"])}`, {}),
    () => call("POST", `/flags/${plain}/rules`, { conditions: { segment: SEGMENT }, value: `ruled ${number}` }),
    () => call("PATCH", `/flags/${plain}`, { rules: [] }),
    () => call("PATCH", `/segments/${SEGMENT}`, { rules: { any: [{ dimension: "userId", op: "eq", value: `u${number % 9}` }] } }),
    () => comeOrGo(),
    () => comeOrGo(),
    () => call("PATCH", `/flags/${fleeting}`, { defaultValue: number, clientVisible: number % 3 !== 0 }),
    () => call("PATCH", `/flags/${random.pick(SPLITS)}`, { variants: variants([number % 3, 1, (number % 7) + 1]) }),
    // Whoever has the last variant needs another one, and gets it.
    () => call("PATCH", `/flags/${random.pick(SPLITS)}`, { variants: variants([1, 1]) }),
    () => call("PATCH", `/flags/${random.pick(ROLLOUTS)}`, { rollout: { percentage: number % 101, sticky: true } }),
  ];

  /** The same new value in every flag of a group, and something else beside it. Some are taken back. */
  async function release(): Promise<unknown> {
    const changes: unknown[] = random.pick(GROUPS).map((flagKey) => ({ flagKey, action: "set_value", value: number }));
    if (random.chance(0.3)) changes.push({ flagKey: plain, action: random.pick(["kill", "restore"]) });
    const isTakenBack = random.chance(0.3);
    const made = await call("POST", "/releases", { name: `${number}`, changes });
    const path = made && `/releases/${made["id"] as string}`;
    const deployed = path && (await call("POST", `${path}/deploy`, {}));
    if (deployed && isTakenBack) await call("POST", `${path}/rollback`, {});
    return deployed;
  }

  async function comeOrGo(): Promise<unknown> {
    const made = await call("POST", "/flags", { key: fleeting, type: "number", defaultValue: number });
    return made ?? call("DELETE", `/flags/${fleeting}?permanent=true&confirm=${fleeting}`);
  }

  return random.pick(kinds)();
}

/** Changes something until enough has been done, by all who share `left`. Waits a little where the server is away. */
export async function mutate(admin: Admin, random: Seeded, left: { count: number }): Promise<void> {
  const counting: Admin = {
    async call(...request) {
      const answer = await admin.call(...request);
      if (answer) left.count--;
      return answer;
    },
  };
  while (left.count > 0) if (!(await change(counting, random))) await delay(5);
}
