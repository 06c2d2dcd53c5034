import { z } from "zod";
import { SDK_KEY_KINDS } from "../../src/ports/database-adapter";
import type { SdkKeyInput } from "../../src/server/sdk-key-types";
import { name, text, time } from "./definition";

const names = z.array(name.min(1)).max(1000);

export const sdkKeySchema = z.strictObject({
  name: name.min(1),
  kind: z.enum(SDK_KEY_KINDS),
  environment: name.min(1).exactOptional(),
  origins: z.array(name).max(100).exactOptional(),
  flags: names.exactOptional(),
  tags: names.exactOptional(),
  namespaces: names.exactOptional(),
  expiresAt: time.exactOptional(),
}) satisfies z.ZodType<SdkKeyInput>;

export const rotationSchema = z.object({ reason: text.exactOptional(), graceMs: z.int().min(0).exactOptional() });
