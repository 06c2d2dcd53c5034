import { createConsoleAdapter } from "rollease/telemetry";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openRollease } from "../../server/open-rollease";

function lines(print: { readonly mock: { readonly calls: unknown[][] } }): string[] {
  return print.mock.calls.map(([line]) => String(line).replace(/\(\d+ms\)/, "(2ms)"));
}

describe("the console", () => {
  it("shows when each evaluation begins, and how it ends", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue();
    onTestFinished(() => log.mockRestore());
    const rl = openRollease({ telemetry: createConsoleAdapter("[rl]") });
    await rl.flags.create({ key: "checkout-v2", type: "boolean", defaultValue: true });
    await rl.flags.isEnabled("checkout-v2", {});
    await rl.flags.evaluateAll({});
    await rl.flags.evaluate("missing", {}).catch(() => undefined);
    expect(lines(log)).toEqual([
      "[rl] → rollease.evaluate { flag.key: 'checkout-v2' }",
      "[rl] ✓ rollease.evaluate (2ms)",
      "[rl] → rollease.evaluateAll",
      "[rl] ✓ rollease.evaluateAll (2ms) { flag.count: 1 }",
      "[rl] → rollease.evaluate { flag.key: 'missing' }",
      `[rl] ✗ rollease.evaluate (2ms) There is no flag "missing".`,
    ]);
  });

  it("is told one line at a time, whatever a key or an error holds", () => {
    const print = vi.fn();
    const span = createConsoleAdapter(undefined, print).startSpan("rollease.evaluate", { "flag.key": "a'\n[rl] ✓ \u001b[2J" });
    span.recordError("two\nlines");
    span.end();
    expect(lines(print)).toEqual([
      "[rollease] → rollease.evaluate { flag.key: 'a\\'\\n[rl] ✓ \\u001b[2J' }",
      "[rollease] ✗ rollease.evaluate (2ms) two\\nlines",
    ]);
  });

  it("measures the time in milliseconds", async () => {
    const print = vi.fn();
    const span = createConsoleAdapter("[rl]", print).startSpan("work", {});
    await new Promise((resolve) => setTimeout(resolve, 30));
    span.end();
    const took = Number(/\((\d+)ms\)/.exec(String(print.mock.calls[1]![0]))![1]);
    expect(took).toBeGreaterThanOrEqual(29);
    expect(took).toBeLessThan(2_000);
  });
});
