import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";

/**
 * A server that makes one flag, and with it one webhook call: the database, the webhook's url, and, if so, that it is to die
 * when it has committed the one and not begun the other.
 */
const [, , connectionString = "", url = "", dies] = process.argv;
const db = createPostgresAdapter({ connectionString });
let armed = false;

const rl = createRollease({
  db: {
    ...db,
    claimWebhookCalls(options) {
      if (armed) process.kill(process.pid, "SIGKILL");
      return db.claimWebhookCalls(options);
    },
  },
  secret: "a-secret-of-the-tests",
  webhooks: [{ url }],
});
await rl.ready();
armed = dies === "before-the-call";
await rl.flags.create({ key: "f", type: "boolean", defaultValue: true });
// Its parent kills it while the call waits for an answer.
setInterval(() => undefined, 1_000);
