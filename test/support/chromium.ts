import { spawn, type ChildProcess } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { chromium } from "playwright-core";
import type { Browser, LaunchOptions } from "playwright-core";
import { unpackChromium } from "./packed-chromium";
import type { FoundChromium } from "./packed-chromium";

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

/** Starts a Chromium at a page, in a process group of its own, with a profile that is there the next time. Nobody controls it: kill the group. */
export async function spawnChromium(profile: string, url: string): Promise<ChildProcess> {
  const { executablePath, env } = await findChromium();
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const args = [...QUIET, ...asRoot, "--headless", "--disable-dev-shm-usage", `--user-data-dir=${profile}`, url];
  return spawn(executablePath, args, { detached: true, stdio: "ignore", env: { ...process.env, ...env } });
}

/** `CHROMIUM_PATH=npm` passes by what the machine has. */
async function findChromium(): Promise<FoundChromium> {
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
