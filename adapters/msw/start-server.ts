import type { SyncHandler } from "../../src/index";
import { createMockRollease, type MockRollease } from "../../src/testing/index";
import type { SyncMockOptions } from "./types";

export interface RunningMock {
  readonly rl: MockRollease;
  readonly handler: SyncHandler;
}

/** Starts the real server with the flags of the options. @throws ValidationError that names what is wrong with a definition */
export async function startServer(options: SyncMockOptions, basePath: string): Promise<RunningMock> {
  const { snapshot, flags = {}, server, handler: given = {} } = options;
  const environment = server?.environment ?? snapshot?.environment;
  const rl = await createMockRollease({ ...server, ...(environment !== undefined && { environment }) });
  try {
    if (snapshot) {
      const { flags: known, segments, layers } = snapshot;
      await rl.flags.importDefinitions({ flags: known, segments, layers });
    }
    for (const [key, flag] of Object.entries(flags)) await rl.setFlag(key, flag);
    const isOpen = (given.clientKeys?.length ?? 0) === 0;
    const handler = rl.createHandler({ ...(isOpen && { allowAnonymous: true }), ...given, basePath: basePath || "/" });
    return { rl, handler };
  } catch (error) {
    await rl.close();
    throw error;
  }
}
