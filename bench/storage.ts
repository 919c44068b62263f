/**
 * `npm run bench:storage`: how many bytes of the database an order takes. Plays one order on virtual time, copies its rows ten thousand
 * times and divides the size of each table, indexes included. `npm run bench:storage -- 100000` copies more.
 */
import { loadBrand } from '../brands/load.ts';
import { connect } from '../db/connection/connect.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import { play } from '../demo/play.ts';
import { removeFactsOfOver } from '../db/orders/over-orders.ts';
import { DAY } from '../domain/time/duration.ts';
import { quietTemporal, searchAttributes } from '../dev/installation.ts';
import { thisMachine } from '../dev/servers/machine.ts';
import { startPostgres } from '../dev/servers/postgres.ts';
import { sdkDownloader } from '../dev/servers/sdk-download.ts';
import { startTimeSkipping } from '../dev/servers/start-time-skipping.ts';
import { resolveTestServer } from '../dev/servers/time-skipping-server.ts';
import { startVirtualInstallation } from '../dev/virtual-installation.ts';
import { bundleWorkflows } from '../app/runtime/workflow-bundle.ts';
import { PER_ORDER, bytesOf, copyOrders } from './copies.ts';
import { SCENARIO, benchOrder } from './scenario.ts';

const copies = Number(process.argv[2] ?? 10_000);

quietTemporal();
const machine = thisMachine();
const path = await resolveTestServer(machine, sdkDownloader(machine), () => {});
const postgres = await startPostgres();
const environment = await startTimeSkipping({ path, searchAttributes, log: console.error });
await migrateLatest({ ...postgres, databaseUrl: postgres.url });
const brand = loadBrand(new URL('../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
const stage = await startVirtualInstallation({
  databaseUrl: postgres.url,
  environment,
  brand,
  bundle: await bundleWorkflows(),
});
const { view } = await play(stage, SCENARIO, await benchOrder(brand));
await stage.stop();
await environment.teardown();

const db = connect(postgres.migrationUrl);
const before = await bytesOf(db, PER_ORDER);
await copyOrders(db, copies);
const after = await bytesOf(db, PER_ORDER);
const SWEPT = Math.min(copies, 1_000);
const began = performance.now();
let removed = 0;
// The order ended 30 days after the scenario, and 90 days later its events go.
const later = Date.now() + (SCENARIO.days + 400) * DAY;
for (let orders = 0; orders < SWEPT; orders += 200) removed += (await removeFactsOfOver(db, 90 * DAY, later)).removed;
const msPerOrder = (performance.now() - began) / SWEPT;
await db.destroy();
await postgres.stop();

console.log(`${view.timeline.filter(({ what }) => what === 'sent').length} messages an order, ${copies} orders\n`);
console.log(`${''.padEnd(18)} rows an order   bytes a row   bytes an order, of these in indexes`);
const bytes: Record<string, number> = {};
for (const [table, { rows, heap, all }] of after) {
  const [first = 0, firstHeap = 0] = [before.get(table)?.all, before.get(table)?.heap];
  const each = Math.round((all - first) / copies);
  bytes[table] = each;
  const perOrder = (rows - (before.get(table)?.rows ?? 0)) / copies;
  const columns = [perOrder, perOrder > 0 ? each / perOrder : 0, each, each - (heap - firstHeap) / copies];
  console.log(`${table.padEnd(18)} ${columns.map((value) => String(Math.round(value)).padStart(13)).join(' ')}`);
}
console.log(`\n${removed} events of ${SWEPT} orders that are over removed, ${msPerOrder.toFixed(1)} ms an order`);
const total = Object.values(bytes).reduce((sum, value) => sum + value, 0);
console.log(JSON.stringify({ orders: copies, bytesPerOrder: total, tables: bytes }));
