import { connect } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { openTestRedis } from "../../support/redis";

const redis = await openTestRedis();

describe.skipIf(!redis)("a test Redis", () => {
  afterAll(() => redis?.close());

  it("speaks the protocol at its address", async () => {
    const { hostname, port } = new URL(redis?.url ?? "");
    const socket = connect({ host: hostname, port: Number(port) });
    const answer = await new Promise<string>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("data", (data) => {
        resolve(data.toString());
      });
      socket.write("ECHO hello\r\n");
    });
    socket.destroy();
    expect(answer).toBe("$5\r\nhello\r\n");
  });
});
