import { createMemoryAdapter } from "../../../adapters/db/memory/index";
import { serve } from "../../../sync-server/serve";
import { flagOf, mixed } from "../definitions";
import { answer, sharedNow } from "./child";
import { changeAtRate, held, spentUs } from "./server-abilities";

/** `serve()` on a database in memory, with 1,000 flags, and one more that is changed. */
const memory = createMemoryAdapter();
const { listen } = memory;
if (!listen) throw new Error("The database in memory tells of no commits.");
let committedAt = 0;
const server = await serve({
  db: {
    ...memory,
    // Called when a commit is there to be read, and before anybody has read it.
    listen: (onNotice) =>
      listen(() => {
        committedAt = sharedNow();
        onNotice();
      }),
  },
  port: 0,
  secret: "a-secret-of-the-benchmark",
  adminToken: "a-token-of-the-benchmark",
  allowAnonymous: true,
  logging: { level: "error" },
});
for (const [key, kind] of mixed) {
  const { type, defaultValue = null, rules, rollout, variants } = flagOf(kind, key);
  await server.rl.flags.create({ key, type, defaultValue, rules, ...(rollout && { rollout }), ...(variants && { variants }) });
}
await server.rl.flags.create({ key: "bench-counter", type: "number", defaultValue: 0 });

async function change(n: number): Promise<number> {
  await server.rl.flags.update("bench-counter", { defaultValue: n });
  return committedAt;
}

answer({
  port: () => server.port,
  held,
  spentUs,
  change: (options: Parameters<typeof changeAtRate>[1]) => changeAtRate(change, options),
});
