import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { listen, type Listening } from "../../../sync-server/standalone/listen";

async function open(fetch: (request: Request) => Promise<Response>): Promise<Listening> {
  const listening = await listen(fetch, 0, "127.0.0.1");
  onTestFinished(() => listening.stop(0));
  return listening;
}

/** Sends bytes as they are. */
function send({ port }: Listening, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (data) => (answer += data.toString()));
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
  });
}

it.each([
  ["no host", "GET / HTTP/1.1\r\n"],
  ["a host that is none", "GET / HTTP/1.1\r\nhost: a b\r\n"],
  ["an address that is none", "GET http://[ HTTP/1.1\r\nhost: x\r\n"],
])("refuses a request with %s in the form of all errors", async (_, head) => {
  const listening = await open(async () => new Response("never"));
  const answer = await send(listening, `${head}connection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"code":"BAD_REQUEST"');
});

it("says nothing of what was thrown but that it is the server's fault", async () => {
  const { port } = await open(() => Promise.reject(new Error("a secret of the inside")));
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({ error: "Something went wrong on the server.", code: "INTERNAL" });
});
