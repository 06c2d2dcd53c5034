import pg from "pg";

/** Every statement that a pool's connections are sent, in order. */
export interface CountedPool {
  readonly pool: pg.Pool;
  readonly statements: readonly string[];
  /** What was sent while `work` ran. */
  during(work: () => Promise<unknown>): Promise<readonly string[]>;
}

export function openCountedPool(connectionString: string): CountedPool {
  const statements: string[] = [];
  class CountingClient extends pg.Client {
    // The many forms of a query have one thing in common: their text comes first, or in what comes first.
    override query(...asked: never[]): never {
      const [first] = asked as unknown as [string | { readonly text: string }];
      statements.push(typeof first === "string" ? first : first.text);
      return (super.query as (...args: never[]) => never)(...asked);
    }
  }
  const pool = new pg.Pool({ connectionString, Client: CountingClient });
  pool.on("error", () => undefined);
  return {
    pool,
    statements,
    async during(work) {
      const from = statements.length;
      await work();
      return statements.slice(from);
    },
  };
}
