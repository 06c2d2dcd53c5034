import { Agent, request } from "node:http";

export interface Balanced {
  readonly status: number;
  readonly body: string;
  readonly retried: boolean;
}

export interface Balancer {
  /** Sends a body to one of the servers in turn and, where that gives no answer, or none but that it is away, once to the next. */
  post(path: string, body: string): Promise<Balanced>;
  close(): void;
}

/** A load balancer as they are: it keeps connections, and tries once more. */
export function createBalancer(ports: readonly number[]): Balancer {
  const agent = new Agent({ keepAlive: true });
  let turn = 0;

  function send(port: number, path: string, body: string): Promise<Omit<Balanced, "retried">> {
    return new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const sent = request({ agent, port, path, method: "POST", headers, host: "127.0.0.1" }, (response) => {
        let text = "";
        response.on("data", (data: Buffer) => (text += data.toString()));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, body: text });
        });
        response.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  return {
    async post(path, body) {
      const first = turn++;
      const portOf = (n: number): number => ports[n % ports.length] as number;
      const answer = await send(portOf(first), path, body).catch(() => undefined);
      if (answer && answer.status < 502) return { ...answer, retried: false };
      return { ...(await send(portOf(first + 1), path, body)), retried: true };
    },
    close: () => agent.destroy(),
  };
}
