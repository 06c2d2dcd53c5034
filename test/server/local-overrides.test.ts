import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import type { FlagInput } from "../../src/server/types";
import { openRollease } from "./open-rollease";

const plain: FlagInput = { key: "f", type: "string", defaultValue: "default" };

function directory(inside: string): string {
  const path = mkdtempSync(join(inside, "rollease-overrides-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

it("forces values out of a file, follows the file, and forces nothing once it is gone", async () => {
  const file = relative(process.cwd(), join(directory(join(process.cwd(), "test")), ".rolleaserc.json"));
  const log = vi.fn();
  writeFileSync(file, JSON.stringify({ f: "forced", __proto__: "x" }));
  const rl = openRollease({ localOverrides: true, localOverridesFile: file, logging: { sink: log } });
  await rl.flags.create(plain);
  expect(await rl.flags.evaluate("f", {})).toMatchObject({ value: "forced", reason: "override" });

  writeFileSync(file, '{"f": "other"}');
  await vi.waitFor(async () => expect(await rl.flags.getValue("f", {})).toBe("other"), 5_000);
  writeFileSync(file, '{"f": ');
  await vi.waitFor(() => expect(log).toHaveBeenCalledWith("warn", expect.stringContaining(file), expect.anything()), 5_000);
  expect(await rl.flags.getValue("f", {})).toBe("other");
  rmSync(file);
  await vi.waitFor(async () => expect(await rl.flags.getValue("f", {})).toBe("default"), 5_000);
});

it("forces nothing where it is not switched on, or where there is no file", async () => {
  for (const config of [{}, { localOverrides: true, localOverridesFile: "test/none.json" }]) {
    const rl = openRollease(config);
    await rl.flags.create(plain);
    expect(await rl.flags.getValue("f", {})).toBe("default");
  }
});

it.each(["../../etc/passwd", "/etc/passwd", "test/../..", "."])(
  "refuses %s, which is not below the working directory",
  (file) => {
    expect(() => openRollease({ localOverrides: true, localOverridesFile: file })).toThrow(
      expect.objectContaining({ code: "VALIDATION", issues: [expect.objectContaining({ path: "localOverridesFile" })] }),
    );
  },
);

it("reads nothing through a link that leads out of the working directory", async () => {
  const outside = join(directory(tmpdir()), "outside.json");
  writeFileSync(outside, '{"f": "stolen"}');
  const link = join(directory(join(process.cwd(), "test")), "link.json");
  symlinkSync(outside, link);
  const log = vi.fn();
  const file = relative(process.cwd(), link);
  const rl = openRollease({ localOverrides: true, localOverridesFile: file, logging: { sink: log } });
  await rl.flags.create(plain);
  expect(await rl.flags.getValue("f", {})).toBe("default");
  expect(log).toHaveBeenCalledWith("warn", expect.any(String), expect.anything());
});
