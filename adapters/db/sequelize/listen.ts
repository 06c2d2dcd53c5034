import type pg from "pg";
import type { Sequelize } from "sequelize";
import type { Gateway } from "../gateway";
import { listenWithReconnect } from "../listen-with-reconnect";

/** What Sequelize 6 connects by: with the app's settings, its hooks (that fetch a password, say) and its driver. */
interface ConnectionManager {
  readonly config: { readonly replication?: { readonly write?: unknown } | false | null };
  _connect?(config: unknown): Promise<pg.Client>;
}

/**
 * `LISTEN` on a connection that is none of the pool's: one of those would be missing from it for good. Nothing where
 * Sequelize does not make connections of its own.
 */
export function listenBesidePool(sequelize: Sequelize): Gateway["listen"] {
  const { connectionManager } = sequelize as unknown as { readonly connectionManager?: ConnectionManager };
  if (typeof connectionManager?._connect !== "function") return undefined;

  async function connect({ config, _connect }: Required<ConnectionManager>): Promise<pg.Client> {
    const client = await _connect.call(connectionManager, (config.replication || undefined)?.write ?? config);
    // Sequelize's own listener looks for the connection in its pool, and throws where that is several.
    return client.removeAllListeners("error").on("error", () => undefined);
  }
  return (channel, onNotice) =>
    listenWithReconnect(() => connect(connectionManager as Required<ConnectionManager>), channel, onNotice);
}
