import { mkdirSync } from "node:fs";
import { createPgliteAdapter } from "rollease/db/pglite";
import { serve } from "rollease/server";
import { seed } from "./seed";

const dataDir = process.argv[2] ?? ".rollease/demo";

mkdirSync(dataDir, { recursive: true });
const server = await serve({
  db: createPgliteAdapter({ dataDir }),
  secret: "the-demo-signs-nothing-worth-forging",
  port: 0,
  hostname: "127.0.0.1",
  // That nobody is asked for a password is no news here.
  logging: { level: "error" },
});
await seed(server.rl.flags);

function stop(): void {
  void server.close().then(() => process.exit(0));
}
process.once("SIGTERM", stop);
// Whoever started this is gone.
process.once("disconnect", stop);
// Ctrl-C reaches the whole group; the starter asks by SIGTERM when its turn has come.
process.on("SIGINT", () => undefined);

process.send?.({ port: server.port });
