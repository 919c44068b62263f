/**
 * `npm run bench:order`: what one order costs. Plays an order with 10 messages and 4 carrier events on virtual time and counts
 * history events, billable actions, bytes carried over continue-as-new, SQL statements and replay CPU. Ends with code 1 if one of the counts is
 * over its limit. The last line is JSON.
 */
import { Worker } from '@temporalio/worker';
import { loadBrand } from '../brands/load.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import type { ScenarioOrder } from '../demo/play.ts';
import { play } from '../demo/play.ts';
import { durationMs } from '../domain/time/duration.ts';
import { billableActions, carriedBytes, historiesOf } from '../dev/histories.ts';
import { quietTemporal, searchAttributes } from '../dev/installation.ts';
import { thisMachine } from '../dev/servers/machine.ts';
import { startPostgres, withClient } from '../dev/servers/postgres.ts';
import { sdkDownloader } from '../dev/servers/sdk-download.ts';
import { startTimeSkipping } from '../dev/servers/start-time-skipping.ts';
import { resolveTestServer } from '../dev/servers/time-skipping-server.ts';
import { startVirtualInstallation } from '../dev/virtual-installation.ts';
import { bundleWorkflows } from '../app/runtime/workflow-bundle.ts';
import { orderWorkflowId } from '../workflows/contract.ts';
import { SCENARIO, benchOrder } from './scenario.ts';

const LIMITS = { events: 170, actions: 40, carriedBytes: 4096, statements: 8 };
const COUNTED = ['events', 'actions', 'carriedBytes', 'statements'] as const;
/** Seconds. This time depends on the machine and its load, so exceeding it is no failure. */
const WALL_LIMIT = 3;

quietTemporal();
const machine = thisMachine();
const path = await resolveTestServer(machine, sdkDownloader(machine), () => {});
const postgres = await startPostgres();
const environment = await startTimeSkipping({ path, searchAttributes, log: console.error });
await migrateLatest({ ...postgres, databaseUrl: postgres.url });
const brand = loadBrand(new URL('../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
const bundle = await bundleWorkflows();
const stage = await startVirtualInstallation({ databaseUrl: postgres.url, environment, brand, bundle });
const order = await benchOrder(brand);
const first = await play(stage, SCENARIO, order);
const histories = await historiesOf(environment.client, orderWorkflowId(brand.id, order.body.id));

const statements = await statementsPerMessage(order.model);
const messages = first.view.timeline.filter(({ what }) => what === 'sent').length;
const replay = await replayCpu();
const counts = {
  events: sum(histories.map(({ events }) => events?.length ?? 0)),
  actions: sum(histories.map(billableActions)),
  carriedBytes: Math.max(...histories.map(carriedBytes)),
  statements,
};
line('messages sent', messages);
line('history events, all runs of the order', counts.events, LIMITS.events);
line('billable actions, search-attribute upserts included', counts.actions, LIMITS.actions);
line('runs of the order', histories.length);
line('bytes carried over continue-as-new', counts.carriedBytes, LIMITS.carriedBytes);
line('SQL statements per message, check to first receipt', counts.statements, LIMITS.statements);
line('replay CPU per history, ms', Number(replay.toFixed(1)));
line('wall time of 90 virtual days, s', Number(((first.wallMs / 1000 / SCENARIO.days) * 90).toFixed(2)), WALL_LIMIT);
console.log(JSON.stringify(counts));
await stage.stop();
await environment.teardown();
await postgres.stop();
if (COUNTED.some((what) => counts[what] > LIMITS[what])) process.exitCode = 1;

function line(what: string, value: number, limit?: number): void {
  const hold = limit === undefined ? '' : `<= ${limit}${value > limit ? '  OVER' : ''}`;
  console.log(`${what.padEnd(58)} ${String(value).padStart(8)}  ${hold}`.trimEnd());
}

/**
 * Counts the statements between the timer and the receipt of the message of each of four days, and returns the lowest
 * count. The drainer looks into its outboxes in the meantime, which does not belong to the message
 * (db/outbox/outbox.ts).
 */
async function statementsPerMessage(model: ScenarioOrder): Promise<number> {
  const now = new Date(await stage.time.now()).toISOString();
  const { id, name, customer, shippingAddress, items, currency, total } = model;
  const body = { name, shippingAddress, items, currency, total, id: `${id}-2`, placedAt: now };
  await stage.shop.placeOrder({ ...body, customer: { ...customer, id: 'second', phone: '+39 347 765 4321' } });
  await stage.shop.report(body.id, { id: 'd', type: 'parcel_delivered', occurredAt: now, parcel: { id: 'box' } });
  await stage.time.advanceTo((await stage.time.now()) + durationMs('12h'));
  const counts: number[] = [];
  for (let day = 0; day < 8; day += 1) {
    const before = stage.vonage.messages().length;
    await withClient(postgres.migrationUrl, (client) => client.query('select pg_stat_statements_reset()'));
    await environment.sleep(durationMs('1d'));
    const { rows } = await withClient(postgres.migrationUrl, (client) =>
      client.query<{ calls: string }>(
        `select sum(calls) as calls from pg_stat_statements where query not like '%pg_stat_statements%'
           and query not like '%waiting (brand_id, %' and query not like '%partition by t.brand_id%'`,
      ),
    );
    // The fake reports two receipts, "submitted" and "delivered", with one statement each. The second is not counted.
    if (stage.vonage.messages().length === before + 1) counts.push(Number(rows[0]?.calls) - 1);
  }
  return Math.min(...counts);
}

/** CPU of replaying the order's histories, averaged over 20 rounds with the bundle made beforehand, ms per history. */
async function replayCpu(): Promise<number> {
  const rounds = 20;
  const all = Array.from({ length: rounds }, () => histories).flat();
  const start = process.cpuUsage();
  const results = Worker.runReplayHistories(
    { workflowBundle: bundle },
    all.map((history, index) => ({ workflowId: `order:bench:${index}`, history })),
  );
  for await (const { error } of results) if (error) throw error;
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / all.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
