import { fork, type ChildProcess } from "node:child_process";

/** A process that does what it is asked to, one thing after the other. */
export interface Child {
  ask<T>(question: string, ...args: readonly unknown[]): Promise<T>;
  stop(): void;
}

interface Question {
  readonly question: string;
  readonly args: readonly unknown[];
}
interface Answer {
  readonly value?: unknown;
  readonly error?: string;
}

/** Starts a bundled file. Its memory can be asked for after a collection. */
export function startChild(file: string, execArgv: readonly string[] = []): Child {
  const child: ChildProcess = fork(file, { execArgv: ["--expose-gc", ...execArgv], serialization: "advanced" });
  let last: Promise<unknown> = Promise.resolve();
  const askNext = <T>(message: Question): Promise<T> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`${file} has ended with ${code}.`));
      child.once("exit", onExit);
      child.once("message", ({ value, error }: Answer) => {
        child.off("exit", onExit);
        if (error === undefined) resolve(value as T);
        else reject(new Error(error));
      });
      child.send(message);
    });
  return {
    ask<T>(question: string, ...args: readonly unknown[]): Promise<T> {
      const answer = last.then(() => askNext<T>({ question, args }));
      last = answer.catch(() => undefined);
      return answer;
    },
    // A profile is written at the end of a process that ends by itself.
    stop: () => void child.disconnect(),
  };
}

/** In the process itself: says what it can do. */
export function answer(abilities: Readonly<Record<string, (...args: never[]) => unknown>>): void {
  process.on("message", ({ question, args }: Question) => {
    void (async () => {
      try {
        process.send?.({ value: await abilities[question]?.(...(args as never[])) } satisfies Answer);
      } catch (error) {
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) } satisfies Answer);
      }
    })();
  });
  process.on("disconnect", () => process.exit(0));
}

/** Nanoseconds of a clock that all processes of a machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint());
}
