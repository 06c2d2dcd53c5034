/** The same object, with somebody who sees what each of its methods answers. Works on literals and on instances of classes. */
export function watchCalls<T extends object>(target: T, onAnswer: (name: string, answer: Promise<unknown>) => void): T {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function" || typeof name !== "string") return value;
      return (...args: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(value, target, args);
        if (answer instanceof Promise) onAnswer(name, answer);
        return answer;
      };
    },
  });
}
