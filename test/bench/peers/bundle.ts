import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle } from "../bundle";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Where bundles go: below the package, so that what they leave out is found beside them, and where nothing else looks. */
export const bundles = `${here}node_modules/.bench/`;

/** What stays a package, since it runs on servers alone, where nobody bundles it. */
const SERVERS_ONLY = ["unleash-client", "@launchdarkly/node-server-sdk"];

/** Bundles every contestant, and what runs it. */
export async function bundleAll(): Promise<void> {
  const contestants = readdirSync(`${here}contestants`).map((file) => `${here}contestants/${file}`);
  await bundle([...contestants, `${here}child.ts`, `${here}one-change.ts`], bundles, SERVERS_ONLY);
}
