import { createHmac } from "node:crypto";
import fc from "fast-check";
import { verifyWebhookSignature } from "rollease";
import { describe, expect, it } from "vitest";
import { signWebhook } from "../../../src/server/webhooks/signature";

const secret = "a-secret-of-the-tests";
const now = 1_767_225_600_000;
const seconds = now / 1000;

function hmac(text: string, key = secret): string {
  return createHmac("sha256", key).update(text).digest("hex");
}

describe("a signature", () => {
  it("is Stripe's scheme: the time, and an HMAC of the time and the body", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: "grapheme" }), fc.string({ unit: "grapheme" }), async (key, body) => {
        const header = await signWebhook(key, body, seconds);
        expect(header).toBe(`t=${seconds},v1=${hmac(`${seconds}.${body}`, key)}`);
        expect(await verifyWebhookSignature({ secret: key, header, body, now })).toBe(true);
        expect(await verifyWebhookSignature({ secret: key, header, body: new TextEncoder().encode(body), now })).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("is good for five minutes either way, or for as long as the receiver says", async () => {
    const header = await signWebhook(secret, "{}", seconds);
    const at = (ms: number, toleranceMs?: number) =>
      verifyWebhookSignature({ secret, header, body: "{}", now: now + ms, ...(toleranceMs !== undefined && { toleranceMs }) });
    expect(await Promise.all([at(300_000), at(-300_000), at(1_000, 1_000)])).toEqual([true, true, true]);
    expect(await Promise.all([at(300_001), at(-300_001), at(1_001, 1_000), at(NaN)])).toEqual([false, false, false, false]);
    expect(await verifyWebhookSignature({ secret, header, body: "{}", now: new Date(now) })).toBe(true);
    expect(await verifyWebhookSignature({ secret, header, body: "{}" })).toBe(Math.abs(Date.now() - now) <= 300_000);
  });

  it("may stand beside others, of another secret or of another scheme", async () => {
    const own = hmac(`${seconds}.{}`);
    for (const header of [`t=${seconds}, v1=${"0".repeat(64)}, v1=${own}`, `v2=abc,v1=${own.toUpperCase()},t=${seconds}`])
      expect(await verifyWebhookSignature({ secret, header, body: "{}", now })).toBe(true);
  });

  it.each([
    ["no header", null],
    ["an empty one", ""],
    ["no time", `v1=${hmac(`${seconds}.{}`)}`],
    ["no signature", `t=${seconds}`],
    ["another time than was signed", `t=${seconds + 1},v1=${hmac(`${seconds}.{}`)}`],
    ["a time that is no number", `t=${seconds}x,v1=${hmac(`${seconds}x.{}`)}`],
    ["a time below zero", `t=-1,v1=${hmac("-1.{}")}`],
    ["half a signature", `t=${seconds},v1=${hmac(`${seconds}.{}`).slice(0, 32)}`],
    ["a signature that goes on", `t=${seconds},v1=${hmac(`${seconds}.{}`)}00`],
    ["another body", `t=${seconds},v1=${hmac(`${seconds}.{ }`)}`],
    ["another secret", `t=${seconds},v1=${hmac(`${seconds}.{}`, "another-secret-altogether")}`],
  ])("is refused with %s", async (_, header) => {
    expect(await verifyWebhookSignature({ secret, header, body: "{}", now })).toBe(false);
  });

  it("is refused after a change of any one digit", async () => {
    const header = await signWebhook(secret, "{}", seconds);
    const start = header.indexOf("v1=") + 3;
    for (let i = start; i < header.length; i++) {
      const forged = `${header.slice(0, i)}${header[i] === "0" ? "1" : "0"}${header.slice(i + 1)}`;
      expect(await verifyWebhookSignature({ secret, header: forged, body: "{}", now })).toBe(false);
    }
  });

  it("cannot be checked without a secret", async () => {
    await expect(verifyWebhookSignature({ secret: "", header: "t=1,v1=0", body: "" })).rejects.toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining("secret") as string,
    });
  });
});
