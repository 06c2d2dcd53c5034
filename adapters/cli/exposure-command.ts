import { parseArgs } from "node:util";
import { ConfigurationError } from "../../src/errors";
import { createRollease, type Rollease } from "../../src/index";
import { hashKey } from "../../src/server/sdk-keys";
import { INTERNAL } from "../../src/server/types";
import { describeExposure } from "../../sync-server/exposure/describe-exposure";
import { exposureOf } from "../../sync-server/exposure/exposure";
import { hashedAttributesOf } from "./hashed-attributes";
import { DATABASE_OPTIONS, openDatabase } from "./open-database";

/** `rollease exposure KEY`: what whoever holds a key can read. */
export async function exposureCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      ...DATABASE_OPTIONS,
      environment: { type: "string" },
      "hashed-attributes": { type: "string" },
    },
  });
  const [key] = positionals;
  if (key === undefined || positionals.length > 1) throw new ConfigurationError("Name one key: its id, its name, or itself.");
  const hashedAttributes = hashedAttributesOf(values["hashed-attributes"], process.env);
  const rl = createRollease({
    db: await openDatabase(values),
    // Nothing is signed here.
    secret: crypto.randomUUID(),
    privacy: { hashedAttributes },
    ...(values.environment !== undefined && { environment: values.environment }),
  });
  try {
    const exposure = await exposureOf(rl, await findKey(rl, key));
    process.stdout.write(values.json ? `${JSON.stringify(exposure, null, 2)}\n` : describeExposure(exposure));
  } finally {
    await rl.close();
  }
  return 0;
}

/** The id of the key that has this id, or is this key, or alone has this name. */
async function findKey(rl: Rollease, text: string): Promise<string> {
  await rl.ready();
  const hash = await hashKey(text);
  const keys = [...rl[INTERNAL].feed.sdkKeys().values()];
  const found = keys.filter((each) => each.id === text || each.hash === hash);
  const [one, another] =
    found.length > 0 ? found : keys.filter(({ name, revokedAt }) => name === text && revokedAt === undefined);
  if (!one) throw new ConfigurationError(`There is no key "${text}".`);
  if (another) throw new ConfigurationError(`Several keys are called "${text}". Name one by its id.`);
  return one.id;
}
