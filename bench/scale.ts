/**
 * `npm run bench:scale`: fills a database with a million orders and all that belongs to them (`-- --orders 100000`: fewer), runs the
 * product's functions on it and prints what their statements read. Then 400,000 facts that no workflow was told of are claimed and
 * settled. The last line is JSON; `scans` counts functions with a statement that reads a big table from its beginning.
 */
import { parseArgs } from 'node:util';
import { loadBrand } from '../brands/load.ts';
import { createStore } from '../db/addresses/store.ts';
import { connect } from '../db/connection/connect.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import { loadStandardJourney } from '../journeys/load.ts';
import { loadRules } from '../rules/load.ts';
import { VIRTUAL_SECRET } from '../dev/installation.ts';
import { startPostgres } from '../dev/servers/postgres.ts';
import { deriveKeys } from '../app/secrets.ts';
import { backlog, drain } from './scale-drain.ts';
import { fill } from './scale-fill.ts';
import type { Measured } from './scale-measure.ts';
import { bigTables, measure } from './scale-measure.ts';
import { reportPlans, watchPlans } from './scale-plans.ts';
import { hotStatements } from './scale-statements.ts';

const { values } = parseArgs({ options: { orders: { type: 'string', default: '1000000' } } });
const orders = Number(values.orders);
if (!Number.isInteger(orders) || orders < 10_000) throw new RangeError('--orders: a whole number from 10000 on');
/** Facts that wait after an hour without the engine. */
const BACKLOG = Math.min(400_000, orders * 4);
const TIMES = 9;

const now = Date.now();
const postgres = await startPostgres({
  parameters: {
    shared_buffers: '1GB',
    maintenance_work_mem: '256MB',
    max_wal_size: '8GB',
    wal_level: 'minimal',
    max_wal_senders: '0',
  },
});
await migrateLatest({ ...postgres, databaseUrl: postgres.url });
const owner = connect(postgres.migrationUrl, { poolMax: 2 });
const plain = connect(postgres.url, { poolMax: 2 });
const brand = loadBrand(new URL('../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
const { addresses } = deriveKeys([VIRTUAL_SECRET]);
const [rules, journey] = [loadRules(), loadStandardJourney()];

const begun = performance.now();
const filled = await fill(
  { ...createStore(plain, addresses), owner, keywords: rules.keywords, journey, brand, orders, now },
  (line) => console.log(line),
);
const size: { rows: { size: string }[] } = await owner.raw(
  'select pg_size_pretty(pg_database_size(current_database())) as size',
);
console.log(`${orders} orders, ${size.rows[0]?.size}, filled in ${Math.round((performance.now() - begun) / 1000)} s\n`);

await reportPlans(owner);
const db = connect(postgres.url, { poolMax: 2 });
const watch = watchPlans(db);
const big = await bigTables(owner);
const found: Measured[] = [];
heading();
for (const hot of await hotStatements({ ...createStore(db, addresses), rules, journey, brand, filled, now })) {
  const one = await measure(watch, big, hot, TIMES);
  found.push(one);
  line(one);
}
await db.destroy();

await backlog(owner, filled, BACKLOG);
const drained = await drain(plain, now);
console.log(
  `\n${drained.facts} facts that waited: ${drained.perSecond} a second, a round ${drained.firstMs.toFixed(1)} ms at first and ${drained.lastMs.toFixed(1)} ms at last`,
);
await plain.destroy();
await owner.destroy();
await postgres.stop();
const scans = found.filter(({ scanned }) => scanned.length > 0).length;
console.log(JSON.stringify({ rows: orders, scans, drainPerSecond: drained.perSecond }));

function heading(): void {
  console.log(`${'what is done'.padEnd(42)} statements  rows read  at most    pages       ms  plan of the largest`);
}

function line({ name, most, statements, root, rows, buffers, ms, scanned }: Measured): void {
  const numbers = [String(statements).padStart(10), String(rows).padStart(10), String(most).padStart(8)];
  const costs = [String(buffers).padStart(8), ms.toFixed(1).padStart(8)];
  const whole = scanned.length > 0 ? `, READS ALL OF ${[...new Set(scanned)].join(', ')}` : '';
  console.log(`${name.padEnd(42)} ${[...numbers, ...costs].join(' ')}  ${root}${whole}`);
}
