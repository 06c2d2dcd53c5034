import type pg from "pg";
import { StorageError } from "../../../src/errors";

/**
 * Runs `work` in a transaction on a connection of the pool, and gives the connection back whatever happens: a connection of
 * which nobody knows in what state it is does not come back to anybody else. (Drizzle's own transactions lose a connection
 * for good that breaks at their first statement.)
 */
export async function runOnClient<T>(
  pool: pg.Pool,
  isSnapshot: boolean,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    // Said in any case: under a stricter default of the database's, writers who wait for each other would fail.
    await client.query(
      isSnapshot ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    );
    const result = await work(client);
    const { command } = await client.query("COMMIT");
    broken = false;
    // Postgres answers so, and with no error, where a statement has failed and nobody heeded it.
    if (command !== "COMMIT") throw new StorageError("The transaction was rolled back, because a statement in it had failed.");
    return result;
  } catch (error) {
    // Behind a statement that got no answer, a rollback would wait for the same.
    if (broken && !isUnanswered(error)) broken = await isLost(client.query("ROLLBACK"));
    throw error;
  } finally {
    client.release(broken);
  }
}

function isLost(rollback: Promise<unknown>): Promise<boolean> {
  return rollback.then(
    () => false,
    () => true,
  );
}

/** Whether pg itself has given a query up; it has no code for that. */
function isUnanswered(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; depth++) {
    if (at.message === "Query read timeout") return true;
    at = at.cause;
  }
  return false;
}
