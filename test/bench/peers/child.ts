import { readFileSync } from "node:fs";
import { contexts } from "../definitions";
import { createStopwatch } from "../stopwatch";
import { checkAnswers } from "./check-answers";
import type { Arguments, CommandName, Commands, Request, Response, Started } from "./command";
import type { AnyContestant } from "./contestant";
import { allocate, hold } from "./memory";
import { warmUp, type Turns } from "./time-turns";
import { makeReady, manyFlags, type Ready } from "./workloads";

/** Runs one contestant, whose bundle is its argument, and does what its parent tells it to. */
const { contestant } = (await import(process.argv[2] as string)) as { readonly contestant: AnyContestant };

const now = createStopwatch();
let ready: Ready | undefined;
let turns: Turns | undefined;

const does: { readonly [K in CommandName]: (args: Arguments<K>) => Promise<Commands[K]["answer"]> } = {
  define: async ({ flags }) => contestant.define(manyFlags(flags)),
  check: async () => {
    await checkAnswers(await makeReady(contestant));
    return null;
  },
  prepare: async () => {
    ready = await makeReady(contestant);
    return null;
  },
  warmUp: async ({ turnMs }) => {
    turns = await warmUp(prepared(), turnMs);
    return null;
  },
  take: async ({ workload }) => {
    if (!turns) throw new Error("not warm");
    return turns.take(workload);
  },
  allocate: ({ workload }) => allocate(prepared(), workload),
  start: ({ file }) => start(file),
  hold: ({ file }) => hold(contestant, file),
};

function prepared(): Ready {
  if (!ready) throw new Error("not prepared");
  return ready;
}

/** From text to answers. In a fresh process nothing of the SDK has run yet, but for the evaluation of its module. */
async function start(file: string): Promise<Started> {
  const text = readFileSync(file, "utf8");
  const context = contestant.translate(contexts[0] as (typeof contexts)[0]);
  const begun = now();
  const opened = await contestant.open(text);
  const answer = await opened.ask("flag-3", "rules")(context);
  const oneMs = (now() - begun) / 1e6;
  await opened.askAll(context);
  const allMs = (now() - begun) / 1e6;
  if (contestant.valueOf(answer) !== true) throw new Error("flag-3 is of rules that match, and did not answer so");
  return { oneMs, allMs };
}

async function answer({ command, args }: Request): Promise<Response> {
  try {
    return { answer: await (does[command] as (args: unknown) => Promise<unknown>)(args) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on("message", (request: Request) => void answer(request).then((response) => process.send?.(response)));
