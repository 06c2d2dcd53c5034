/** A server that is killed. It says when it serves. */
import { createPostgresAdapter } from "../../../adapters/db/postgres/index";
import { serve } from "../../../sync-server/index";

const { port, connectionString, adminToken } = JSON.parse(process.argv[2] ?? "{}") as {
  readonly port: number;
  readonly connectionString: string;
  readonly adminToken: string;
};

async function main(): Promise<void> {
  const db = createPostgresAdapter({ connectionString });
  const logging = { sink: (level: string, message: string) => void (level === "error" && console.error(message)) };
  await serve({ port, db, adminToken, secret: "a-secret-of-the-tests", hostname: "127.0.0.1", logging });
  console.log("serves");
}

void main();
