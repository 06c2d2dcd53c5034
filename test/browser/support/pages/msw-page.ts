import { setupWorker } from "msw/browser";
import { createSyncMock } from "../../../../adapters/msw/index";
import { clientScenarios } from "../../../contracts/sync-clients";
import { protocolScenarios } from "../../../contracts/sync-protocol";
import { EXPERIMENT, SEED } from "../../../contracts/sync-scenario";

const scenarios = [...protocolScenarios, ...clientScenarios];
const worker = setupWorker();
const started = worker.start({ quiet: true, onUnhandledRequest: "bypass" });

/** What the page offers to the test in Node that has opened it. */
export interface MswPage {
  /** Puts a new mock through a scenario, and answers what was seen and how many streams were left open. */
  run(name: string): Promise<{ readonly seen: unknown; readonly streams: number }>;
}

const mswPage: MswPage = {
  async run(name) {
    await started;
    const scenario = scenarios.find((each) => each.name === name);
    if (!scenario) throw new Error(`There is no scenario "${name}".`);
    const { clientKey } = scenario;
    const mock = createSyncMock({ flags: SEED, handler: clientKey === undefined ? {} : { clientKeys: [clientKey] } });
    await (await mock.server()).flags.create(EXPERIMENT);
    worker.resetHandlers(...mock.handlers);
    try {
      const seen = await scenario.run({ ...mock, baseUrl: "/api/rollease" });
      for (let tries = 0; mock.streams > 0 && tries < 1000; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
      return { seen, streams: mock.streams };
    } finally {
      await mock.close();
    }
  },
};
Object.assign(globalThis, { mswPage });
