/**
 * `npm run record [SHAPE ...]`: plays the shapes on virtual time and writes their histories anew. Look at the difference before you commit
 * it.
 */
import { rm, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { migrateLatest } from '../../db/schema/migrate.ts';
import { historiesOf } from '../../dev/histories.ts';
import { quietTemporal, searchAttributes } from '../../dev/installation.ts';
import { thisMachine } from '../../dev/servers/machine.ts';
import { startPostgres } from '../../dev/servers/postgres.ts';
import { sdkDownloader } from '../../dev/servers/sdk-download.ts';
import { startTimeSkipping } from '../../dev/servers/start-time-skipping.ts';
import { resolveTestServer } from '../../dev/servers/time-skipping-server.ts';
import { startVirtualInstallation } from '../../dev/virtual-installation.ts';
import type { VirtualShop } from '../helpers/shop-verbs.ts';
import { demoBrand, withVerbs } from '../helpers/shop-verbs.ts';
import { failoverJourney, rcsBrand } from '../helpers/failover.ts';
import type { Shape } from './shapes.ts';
import { FAILOVER_SHAPES, SHAPES } from './shapes.ts';

const FOLDER = new URL('./', import.meta.url);
const wanted = process.argv.slice(2);

quietTemporal();
const machine = thisMachine();
const path = await resolveTestServer(machine, sdkDownloader(machine), console.error);
const postgres = await startPostgres();
const environment = await startTimeSkipping({ path, searchAttributes, log: console.error });
await migrateLatest({ ...postgres, databaseUrl: postgres.url });

for (const { shapes, ...plays } of [
  { shapes: SHAPES, brand: demoBrand },
  { shapes: FAILOVER_SHAPES, brand: rcsBrand, journey: failoverJourney },
]) {
  const chosen = Object.entries(shapes).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  if (chosen.length === 0) continue;
  const installation = await startVirtualInstallation({ databaseUrl: postgres.url, environment, ...plays });
  for (const [name, play] of chosen) await record(withVerbs(installation), name, play);
  await installation.stop();
}
await environment.teardown();
await postgres.stop();

async function record(shop: VirtualShop, name: string, play: Shape): Promise<void> {
  const workflows = await play(shop);
  shop.vonage.clearFaults();
  for (const old of readdirSync(FOLDER).filter((file) => file.startsWith(`${name}.`))) await rm(new URL(old, FOLDER));
  const runs = (await Promise.all(workflows.map((id) => historiesOf(environment.client, id)))).flat();
  for (const [index, history] of runs.entries()) {
    const file = `${name}.${index + 1}.json`;
    // A history names the process and the machine, which do not belong in a file.
    const json = historyToJSON(history).replaceAll(`${process.pid}@${hostname()}`, 'recorded');
    await writeFile(new URL(file, FOLDER), `${json}\n`);
    console.log(`${file.padEnd(34)} ${history.events?.length ?? 0} events`);
  }
}
