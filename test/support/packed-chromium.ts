import { execFile } from "node:child_process";
import { mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const UNPACK = `import chromium from "@sparticuz/chromium"; await chromium.executablePath();`;
// Its package unpacks the shared libraries that it needs only where it believes itself to be in a Lambda function.
const PRETENCE = { AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" };

export interface FoundChromium {
  readonly executablePath: string;
  /** What the browser's process, and no other, needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Unpacks the Chromium of `@sparticuz/chromium`, once per machine and version. */
export async function unpackChromium(): Promise<FoundChromium> {
  const directory = join(tmpdir(), `rollease-chromium-${installedVersion()}-${process.getuid?.() ?? 0}`);
  if (!(await exists(directory))) await unpackInto(directory);
  return {
    executablePath: join(directory, "chromium"),
    env: { LD_LIBRARY_PATH: join(directory, "al2023", "lib"), FONTCONFIG_PATH: join(directory, "fonts") },
  };
}

/** In a process of its own, for the package changes the environment; and aside, so that nobody sees half of it. */
async function unpackInto(directory: string): Promise<void> {
  const aside = await mkdtemp(`${directory}-`);
  try {
    await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", UNPACK], {
      cwd: import.meta.dirname,
      env: { ...process.env, ...PRETENCE, TMPDIR: aside },
    });
    await writeFile(join(aside, "fonts", "fonts.conf"), fontsIn(join(directory, "fonts")));
    await rename(aside, directory);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    if (!(await exists(directory))) throw error;
  }
}

/** The package's own names `/tmp/fonts`; without any font, this Chromium dies of the first text field. */
function fontsIn(directory: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${directory}</dir><cachedir>${directory}/cache</cachedir></fontconfig>
`;
}

function installedVersion(): string {
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const manifest = createRequire(import.meta.url)(join(dirname(entry), "../../package.json")) as { version: string };
  return manifest.version;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
