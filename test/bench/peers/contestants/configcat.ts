import { createConsoleLogger, getClient, LogLevel, PollingMode, type IEvaluationDetails, type IUser } from "@configcat/sdk";
import type { Kind } from "../../definitions";
import type { Contestant } from "../contestant";

/** Of its config JSON: types of settings, and comparators in clear text. */
const TYPE = { boolean: 0, string: 1 };
const COMPARATOR = { isOneOf: 0, numberAtLeast: 15, equals: 28 };

const RULES = [
  rule(is("region", "EU"), is("plan", "enterprise")),
  rule(
    { u: { a: "userType", c: COMPARATOR.isOneOf, l: ["internal", "beta"] } },
    { u: { a: "age", c: COMPARATOR.numberAtLeast, d: 90 } },
  ),
  rule(is("region", "EU"), is("plan", "pro")),
];

const SETTINGS: Readonly<Record<Kind, unknown>> = {
  static: { t: TYPE.boolean, ...served(true) },
  rules: { t: TYPE.boolean, ...served(false), r: RULES },
  rollout: {
    t: TYPE.boolean,
    ...served(false),
    r: RULES.slice(0, 2),
    p: [
      { p: 50, ...served(true) },
      { p: 50, ...served(false) },
    ],
  },
  split: {
    t: TYPE.string,
    ...served("control"),
    p: [
      { p: 50, ...served("control") },
      { p: 30, ...served("blue") },
      { p: 20, ...served("green") },
    ],
  },
};

let clients = 0;

/** Offline, with its config in the cache. A snapshot is its synchronous way to evaluate. */
export const contestant: Contestant<IUser, IEvaluationDetails, readonly IEvaluationDetails[]> = {
  define: (flags) =>
    JSON.stringify({
      p: { u: "https://localhost", r: 0, s: "salt" },
      f: Object.fromEntries(flags.map(([key, kind]) => [key, SETTINGS[kind]])),
    }),
  async open(text) {
    const cached = `${Date.now()}\n\n${text}`;
    // There is one client for each key, so that each ruleset takes another.
    const sdkKey = `${String(++clients).padStart(22, "0")}/${"0".repeat(22)}`;
    const client = getClient(sdkKey, PollingMode.ManualPoll, {
      offline: true,
      cache: { get: () => cached, set: () => undefined },
      logger: createConsoleLogger(LogLevel.Off),
    });
    await client.waitForReady();
    const snapshot = client.snapshot();
    return {
      ask: (key, kind) => {
        const fallback = kind === "split" ? "control" : false;
        return (context) => snapshot.getValueDetails(key, fallback, context);
      },
      askAll: (context) => client.getAllValueDetailsAsync(context),
    };
  },
  translate: ({ userId = "", userType, region, attributes }) => ({
    identifier: userId,
    custom: { userType, region, ...attributes },
  }),
  valueOf: (answer) => answer.value,
  valuesOf: (answers) => Object.fromEntries(answers.map(({ key, value }) => [key, value])),
};

function rule(...conditions: readonly unknown[]): unknown {
  return { c: conditions, s: served(true) };
}

function is(name: string, value: string): unknown {
  return { u: { a: name, c: COMPARATOR.equals, s: value } };
}

function served(value: boolean | string): object {
  return { v: typeof value === "string" ? { s: value } : { b: value }, i: String(value) };
}
