import { access, constants } from "node:fs/promises";
import { chromium } from "playwright-core";
import type { Browser, LaunchOptions } from "playwright-core";
import { unpackChromium } from "./packed-chromium";

const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts a Chromium: `CHROMIUM_PATH`'s, else the machine's, else the one that npm brought. Close it in `afterAll`. */
export async function openChromium(options: LaunchOptions = {}): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  return chromium.launch({
    ...options,
    executablePath,
    env: { ...(process.env as Record<string, string>), ...env },
    args: [...QUIET, ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), ...(options.args ?? [])],
  });
}

export interface FoundChromium {
  readonly executablePath: string;
  /** What the browser's process, and no other, needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** `CHROMIUM_PATH=npm` passes by what the machine has. */
export async function findChromium(): Promise<FoundChromium> {
  const given = process.env["CHROMIUM_PATH"];
  if (given === "npm") return unpackChromium();
  if (given) return { executablePath: given, env: {} };
  for (const executablePath of INSTALLED) {
    if (await isExecutable(executablePath)) return { executablePath, env: {} };
  }
  return unpackChromium();
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
