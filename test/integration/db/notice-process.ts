import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";

/** What this process tells its parent: that it is ready, and then what it serves since when, in milliseconds since 1970. */
export type NoticeMessage = "ready" | { readonly value: number; readonly at: number };

// A server of its own, which reads the clock so rarely that what arrives in time has come by notice.
const rl = createRollease({
  db: createPostgresAdapter({ connectionString: process.argv[2] ?? "" }),
  secret: "a-secret-of-the-tests",
  l1TtlMs: 600_000,
});
await rl.ready();
rl.flags.onChange(() => {
  void rl.flags.getValue("counter", {}, -1).then((value) => tell({ value, at: performance.timeOrigin + performance.now() }));
});
process.once("disconnect", () => process.exit());
tell("ready");

function tell(message: NoticeMessage): void {
  process.send?.(message);
}
