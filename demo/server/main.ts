import { mkdirSync } from "node:fs";
import { createRollease } from "rollease";
import { migrate } from "rollease/db";
import { createPgliteAdapter } from "rollease/db/pglite";
import { serve } from "rollease/server";
import { seed } from "./seed";

const dataDir = process.argv[2] ?? ".rollease/demo";

mkdirSync(dataDir, { recursive: true });
const db = createPgliteAdapter({ dataDir });
await migrate(db);
const rl = createRollease({
  db,
  secret: "the-demo-signs-nothing-worth-forging",
});
await rl.ready();
await seed(rl.flags);
const server = await serve({ rl, port: 0, hostname: "127.0.0.1" });

function stop(): void {
  void server.close().then(() => process.exit(0));
}
process.once("SIGTERM", stop);
// Whoever started this is gone.
process.once("disconnect", stop);
// Ctrl-C reaches the whole group; the starter asks by SIGTERM when its turn has come.
process.on("SIGINT", () => undefined);

process.send?.({ port: server.port });
