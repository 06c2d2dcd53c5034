import { createPostgresAdapter } from "rollease/db/postgres";
import { createRedisEvaluationStream } from "rollease/db/redis";
import { serve, type Role } from "rollease/server";

/** A server of a role, which runs until it is told to end, politely or not. */
const { role, port, databaseUrl, redisUrl } = JSON.parse(process.argv[2] ?? "{}") as {
  readonly role: Role;
  readonly port: number;
  readonly databaseUrl: string;
  readonly redisUrl: string;
};
const server = await serve({
  role,
  port,
  db: createPostgresAdapter({ connectionString: databaseUrl }),
  evaluations: createRedisEvaluationStream({ url: redisUrl }),
  secret: "a-secret-of-the-tests",
  claimAfterMs: 300,
  logging: { sink: (level, message, meta) => level !== "debug" && console.error(level, message, meta) },
});
console.log(`served at ${server.url}`);
process.once("SIGTERM", () => {
  void server.close().then(() => process.exit(0));
});
