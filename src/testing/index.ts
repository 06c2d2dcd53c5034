/**
 * The real thing for tests: the whole server on a database in memory, with flags that are set, forced and taken back at will.
 *
 * @module
 * @example
 * const rl = await createMockRollease({ flags: { "new-checkout": true, "max-items": 25 } });
 * await rl.setFlag("new-checkout", false);
 * await rl.flags.isEnabled("new-checkout", {}); // false
 * await rl.close();
 */
import { createMemoryAdapter } from "../../adapters/db/memory";
import { createRollease, type Flag, type FlagInput, type JsonValue, type Rollease, type RolleaseConfig } from "../index";
import { createFakeClock, type FakeClock } from "./fake-clock";
import { toFlagInput, type MockFlag } from "./mock-flag";
import { createRecorder } from "./recorder";

/** What a definition has by itself. */
const KEPT: ReadonlySet<string> = new Set([
  "key",
  "type",
  "rules",
  "status",
  "version",
  "locked",
  "lockedReason",
  "createdAt",
  "updatedAt",
  "clientVisible",
]);

export interface MockOptions extends Partial<Omit<RolleaseConfig, "localOverrides" | "localOverridesFile">> {
  /** Flags by key: a value, or what `MockFlag` says. */
  readonly flags?: Readonly<Record<string, MockFlag>>;
}

export interface MockRollease extends Rollease {
  /** Sets what a flag serves to everybody; makes the flag, if there is none. */
  setFlag(key: string, flag: MockFlag): Promise<void>;
  /** Puts a whole definition in place, with rules, rollout and variants, to be evaluated as in production. */
  mockFlag(
    definition: Omit<FlagInput, "defaultValue" | "type"> & Partial<Pick<FlagInput, "defaultValue" | "type">>,
  ): Promise<Flag>;
  /** Puts a flag back as it was seeded; takes one away that was not. */
  resetFlag(key: string): Promise<void>;
  /** The same for every flag, and forgets overrides and what was evaluated. */
  resetAll(): Promise<void>;
  /** Forces a value, at once and without a write. It wins over everything but a flag that is off. */
  overrideFlag(key: string, value: JsonValue): void;
  clearOverride(key: string): void;
  clearAllOverrides(): void;
  /** Fails unless the flag was evaluated since the start or the last `resetAll`: at all, or so many times. */
  expectEvaluated(key: string, times?: number): void;
}

/** Starts a mock. Nothing of it keeps a process alive, and nothing is open after `close()`. */
export async function createMockRollease({ flags = {}, hooks, ...config }: MockOptions = {}): Promise<MockRollease> {
  const overrides = Object.create(null) as Record<string, JsonValue>;
  const recorder = createRecorder(hooks?.onEvaluate);
  const rl = createRollease({
    db: createMemoryAdapter(),
    secret: "the-secret-of-a-mock",
    impressions: { enabled: false },
    ...config,
    localOverrides: overrides,
    hooks: { ...hooks, onEvaluate: recorder.onEvaluate },
  });
  const seeded = new Map(Object.entries(flags).map(([key, flag]) => [key, toFlagInput(key, flag)]));

  async function find(key: string): Promise<Flag | undefined> {
    const { flags: present } = await rl.flags.list({ search: key, limit: Number.MAX_SAFE_INTEGER });
    return present.find((flag) => flag.key === key);
  }

  /** Puts a definition in the place of whatever there is; others may refer to it meanwhile. */
  async function put(input: FlagInput): Promise<Flag> {
    const before = await find(input.key);
    if (before?.locked === true) await rl.flags.setLock(input.key, { locked: false });
    if (before?.type !== input.type) {
      await remove(input.key);
      return rl.flags.create(input);
    }
    const { key, type: _, ...fields } = input;
    const gone = Object.keys(before).filter((name) => !KEPT.has(name) && !(name in fields));
    const patch = { ...Object.fromEntries(gone.map((name) => [name, null])), rules: [], status: "active" as const, ...fields };
    return rl.flags.update(key, patch);
  }

  async function remove(key: string): Promise<void> {
    const found = await find(key);
    if (found?.locked === true) await rl.flags.setLock(key, { locked: false });
    if (found) await rl.flags.delete(key, { confirm: key });
  }

  async function resetFlag(key: string): Promise<void> {
    const input = seeded.get(key);
    await (input ? put(input) : remove(key));
  }

  const clearAllOverrides = (): void => Object.keys(overrides).forEach((key) => Reflect.deleteProperty(overrides, key));

  for (const input of seeded.values()) await rl.flags.create(input);
  return Object.assign(rl, {
    async setFlag(key: string, flag: MockFlag) {
      await put(toFlagInput(key, flag));
    },
    mockFlag: ({ type = "boolean", defaultValue = false, ...rest }: Parameters<MockRollease["mockFlag"]>[0]) =>
      put({ ...rest, type, defaultValue }),
    resetFlag,
    async resetAll() {
      const { flags: present } = await rl.flags.list({ limit: Number.MAX_SAFE_INTEGER });
      for (const key of new Set([...present.map((flag) => flag.key), ...seeded.keys()])) await resetFlag(key);
      clearAllOverrides();
      recorder.forget();
    },
    overrideFlag(key: string, value: JsonValue) {
      overrides[key] = value;
    },
    clearOverride: (key: string) => void Reflect.deleteProperty(overrides, key),
    clearAllOverrides,
    expectEvaluated: recorder.expectEvaluated,
  });
}

export { createFakeClock, type FakeClock, type MockFlag };
