/** Whatever a program may put into a context that no JSON has, each made anew. None of it does anything when it is read. */
export const INERT: Readonly<Record<string, () => unknown>> = {
  symbol: () => Symbol("s"),
  function: () => () => "pro",
  class: () => Map,
  bigint: () => 5n,
  date: () => new Date("2026-06-15T12:00:00Z"),
  "no date": () => new Date(Number.NaN),
  map: () => new Map([["a", 1]]),
  set: () => new Set([1]),
  weakmap: () => new WeakMap(),
  regexp: () => /pro/,
  error: () => new Error("pro"),
  promise: () => Promise.resolve("pro"),
  bytes: () => new Uint8Array([1, 2, 3]),
  buffer: () => new ArrayBuffer(8),
  nan: () => Number.NaN,
  infinity: () => Number.NEGATIVE_INFINITY,
  "minus zero": () => -0,
  "boxed text": () => Object("pro") as unknown,
  "boxed number": () => Object(5) as unknown,
  "an object without a prototype": () => Object.assign(Object.create(null) as object, { a: 1 }),
  "a list with holes": () => Object.assign(Array<unknown>(3), { 1: "pro" }),
  "a list that holds itself": () => {
    const list: unknown[] = ["pro"];
    list.push(list);
    return list;
  },
  "an object that holds itself": () => {
    const circular: Record<string, unknown> = { a: 1 };
    circular["b"] = circular;
    return circular;
  },
  "half a character": () => "\ud83d",
};

/** The same, of a size that takes its time. */
export const LARGE: Readonly<Record<string, () => unknown>> = {
  "a list nested ten thousand deep": () => nested(10_000),
  "a list of ten thousand": () => Array<number>(10_000).fill(7),
  "text of a hundred thousand": () => "a".repeat(100_000),
};

function nested(depth: number): unknown {
  let list: unknown = [];
  for (let i = 0; i < depth; i++) list = [list];
  return list;
}

const boom = (): never => {
  throw new Error("boom");
};

/** Whatever throws when somebody looks at it. */
export const HOSTILE: Readonly<Record<string, () => unknown>> = {
  "a getter that throws": () => ({
    get a() {
      return boom();
    },
  }),
  "a list with a getter that throws": () => Object.defineProperty(["pro"], 0, { get: boom }),
  "conversions that throw": () => ({ toString: boom, valueOf: boom, toJSON: boom, [Symbol.toPrimitive]: boom }),
  "a proxy that throws at everything": () => {
    const traps = ["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor"].map((name) => [name, boom]);
    return new Proxy({}, Object.fromEntries(traps) as ProxyHandler<object>);
  },
  "a proxy of a list that throws": () => new Proxy(["pro"], { get: boom }),
  "a proxy that was revoked": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "a proxy that lies": () => new Proxy({}, { ownKeys: () => ["a"], getOwnPropertyDescriptor: () => undefined }),
};
