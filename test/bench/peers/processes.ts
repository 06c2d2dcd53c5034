import { fork } from "node:child_process";
import { once } from "node:events";
import { bundles } from "./bundle";
import type { Arguments, CommandName, Commands, Response } from "./command";

/** A contestant's process. It works only while it is told to. */
export interface ContestantProcess {
  readonly name: string;
  /** @throws Error of the process, or where it is gone. */
  tell<K extends CommandName>(command: K, args: Arguments<K>): Promise<Commands[K]["answer"]>;
  stop(): Promise<void>;
}

/** Starts a contestant's process, with options of Node's. */
export function startProcess(name: string, nodeOptions: readonly string[] = []): ContestantProcess {
  const child = fork(`${bundles}child.mjs`, [`${bundles}${name}.mjs`], {
    execArgv: [...nodeOptions],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const exited = once(child, "exit");
  return {
    name,
    async tell(command, args) {
      child.send({ command, args });
      const response = (await Promise.race([
        once(child, "message").then(([message]: unknown[]) => message),
        exited.then(([code]: unknown[]) => ({ error: `it exited with ${String(code)}` })),
      ])) as Response;
      if ("error" in response) throw new Error(`${name}: ${command}: ${response.error}`);
      return response.answer as never;
    },
    async stop() {
      child.kill();
      await exited;
    },
  };
}

/** Starts a process, has it do one thing, and ends it. */
export async function tellOnce<K extends CommandName>(
  name: string,
  nodeOptions: readonly string[],
  command: K,
  args: Arguments<K>,
): Promise<Commands[K]["answer"]> {
  const child = startProcess(name, nodeOptions);
  try {
    return await child.tell(command, args);
  } finally {
    await child.stop();
  }
}
