import { setTimeout as delay } from "node:timers/promises";
import { createMemoryStore } from "rollease/client";
import { createIdbStore } from "rollease/idb";
import { findFreePort } from "../../support/free-port";
import { openTestDatabase } from "../../support/postgres";
import { assertAgreement, type Outcome } from "./agreement";
import { createDevice, type Device } from "./device";
import { startFaultProxy } from "./fault-proxy";
import { createAdmin, createFirstFlags, mutate } from "./mutations";
import { createSeeded, type Seeded } from "./seeded";
import { createMortalServer } from "./server";

const DEVICES = 25;
const MUTATIONS = 1_000;
const WORKERS = 5;
const KILLS = 5;

/** Two devices have one user in common, now and then. */
const USERS = Array.from({ length: 15 }, (_, n) => `u${n}`);

/** Devices behind their proxies, with a store that outlives each of their clients; now and then, two have one in common. */
async function openDevices(port: number, random: Seeded, scope: string): Promise<Device[]> {
  const devices: Device[] = [];
  for (let n = 0; n < DEVICES; n++) {
    const name = `device ${n}`;
    const own = random.fork(name);
    const proxy = await startFaultProxy(port, own.fork("proxy"));
    const store = n % 5 < 2 ? createIdbStore({ name: `${scope} ${n - (n % 5)}` }) : createMemoryStore();
    const users = [1, 2, 3].map(() => own.pick(USERS));
    devices.push(createDevice({ name, random: own.fork("life"), proxy, store, users, streaming: n % 5 > 2 || n % 10 === 0 }));
  }
  return devices;
}

/** One run: everything that happens by chance follows from the seed. */
export async function runConvergence(file: string, seed: string): Promise<void> {
  const random = createSeeded(seed);
  const database = await openTestDatabase();
  const port = await findFreePort();
  const adminToken = "an-admin-of-the-tests";
  const server = createMortalServer(file, { port, connectionString: database.connectionString, adminToken });
  const baseUrl = `http://127.0.0.1:${port}/api/rollease`;
  let devices: readonly Device[] = [];
  const left = { count: MUTATIONS };
  try {
    await server.start();
    const startedAt = performance.now();
    const admin = createAdmin(baseUrl, adminToken);
    await createFirstFlags(admin);
    devices = await openDevices(port, random, database.connectionString);

    const storm = Array.from({ length: WORKERS }, (_, n) => mutate(admin, random.fork(`worker ${n}`), left));
    const lives = devices.map((device) => device.liveOn(() => left.count <= 0));
    const fate = random.fork("kills");
    for (let kill = 1; kill <= KILLS; kill++) {
      const at = MUTATIONS * (1 - (kill - fate.next() * 0.8) / (KILLS + 0.5));
      while (left.count > at) await delay(2);
      await server.kill();
      await delay(fate.below(100));
      await server.start();
    }
    await Promise.all([...storm, ...lives]);
    const stormMs = performance.now() - startedAt;
    for (const { proxy } of devices) proxy.calm();
    const outcome: Outcome = await assertAgreement(devices, { baseUrl, connectionString: database.connectionString });
    const calmMs = performance.now() - startedAt - stormMs;
    console.info(
      `SEED=${seed}: ${outcome.entries} entries, ${outcome.assignments} assignments, ${outcome.looks} looks at a group; ` +
        `${JSON.stringify(outcome.faults)}; ${(stormMs / 1000).toFixed(1)} s of storm, ${(calmMs / 1000).toFixed(1)} s until all agreed`,
    );
  } finally {
    left.count = 0;
    for (const { destroy, proxy } of devices) {
      destroy();
      await proxy.close();
    }
    await server.kill();
    await database.close();
  }
}
