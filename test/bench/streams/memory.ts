import { median } from "../statistics";
import { startChild } from "./child";
import type { Held } from "./server-abilities";
import { BASE_PATH, SIDES, startServer, type Setting, type Side } from "./servers";

const ROOM = 1;
/** Prints what a stream that nothing happens on holds in a server, beyond what a bare one's holds. */
export async function measureMemory(setting: Setting): Promise<void> {
  const rounds: Record<Side, Held[]> = { rollease: [], floor: [] };
  for (let round = 0; round < setting.rounds; round++) {
    for (const side of SIDES) rounds[side].push(await heldPerStream(setting, side));
  }
  console.log("| kB an idle stream | resident | heap | outside of the heap |\n| --- | ---: | ---: | ---: |");
  for (const side of SIDES)
    console.log(
      row(
        side,
        PARTS_OF_HELD.map((part) => median(rounds[side].map((each) => each[part]))),
      ),
    );
  console.log(
    row(
      "above the floor",
      PARTS_OF_HELD.map((part) => median(rounds.rollease.map((each, i) => each[part] - (rounds.floor[i] as Held)[part]))),
    ),
  );
}

const PARTS_OF_HELD = ["resident", "heap", "outside"] as const;

function row(name: string, bytes: readonly number[]): string {
  return `| ${[name, ...bytes.map((each) => (each / 1024).toFixed(1))].join(" | ")} |`;
}

async function heldPerStream(setting: Setting, side: Side): Promise<Held> {
  const { child, port } = await startServer(setting, side);
  const reader = startChild(`${setting.outdir}reader-process.mjs`);
  try {
    const path = `${BASE_PATH}/sync/stream`;
    const current = side === "rollease" ? await checkpointOf(port) : "";
    // As many are open before, so that what the first ones bring along, and the heap's reserve, do not count.
    await reader.ask("open", port, `${path}${current}`, setting.streams, ROOM);
    const before = await child.ask<Held>("held");
    await reader.ask("open", port, `${path}${current}`, 2 * setting.streams, ROOM);
    const after = await child.ask<Held>("held");
    const each = (part: keyof Held): number => (after[part] - before[part]) / setting.streams;
    return { resident: each("resident"), heap: each("heap"), outside: each("outside") };
  } finally {
    reader.stop();
    child.stop();
  }
}

/** A client that is current is sent nothing but a comment. */
async function checkpointOf(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${BASE_PATH}/sync/pull`);
  const { checkpoint } = (await answer.json()) as { readonly checkpoint: string };
  return `?since=${encodeURIComponent(checkpoint)}`;
}
