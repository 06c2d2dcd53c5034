import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** Stands between a server and its database, and can part them. */
export interface CuttingProxy {
  /** What was given, by way of the proxy. */
  readonly connectionString: string;
  /** Breaks every connection, and refuses new ones. */
  cut(): Promise<void>;
  /** Lets nothing through, and says nothing of it: connections, also new ones, just do not answer. */
  stall(): void;
  /** Takes connections again; those that were stalled break. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

export async function startCuttingProxy(connectionString: string): Promise<CuttingProxy> {
  const target = new URL(connectionString);
  const sockets = new Set<Socket>();
  let stalled = false;
  let server: Server | undefined;

  function forward(client: Socket): void {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    const pair: [Socket, Socket][] = [
      [client, upstream],
      [upstream, client],
    ];
    for (const [from, to] of pair) {
      sockets.add(from);
      from.on("data", (data) => stalled || to.write(data));
      from.once("error", () => to.destroy());
      from.once("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  }

  async function listen(port: number): Promise<number> {
    const listening = createServer(forward);
    await new Promise<void>((resolve, reject) => {
      listening.once("error", reject);
      listening.listen(port, "127.0.0.1", resolve);
    });
    server = listening;
    return (listening.address() as AddressInfo).port;
  }

  async function cut(): Promise<void> {
    const closing = server;
    server = undefined;
    const closed = closing && new Promise((resolve) => closing.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  const port = await listen(0);
  const url = new URL(connectionString);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  return {
    connectionString: url.href,
    cut,
    stall: () => void (stalled = true),
    async restore() {
      if (stalled) await cut();
      stalled = false;
      await listen(port);
    },
    close: cut,
  };
}
