/**
 * `npm run bench:facts`: times planning and showing an order with hundreds and thousands of facts. Milliseconds, the best of three, and
 * the longest time for which an answer blocked the event loop. The last line is JSON.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { loadBrand } from '../brands/load.ts';
import { saveBrand } from '../commands/orders/save-brand.ts';
import type { Db } from '../db/connection/connect.ts';
import { connect } from '../db/connection/connect.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import { explainMessage } from '../queries/orders/explain.ts';
import { placeOrder } from '../commands/orders/place-order.ts';
import { orderView } from '../queries/orders/timeline.ts';
import { DAY } from '../domain/time/duration.ts';
import type { Fact } from '../domain/orders/events.ts';
import { NO_FACTS } from '../domain/orders/facts.ts';
import { applyAll } from '../domain/orders/fold.ts';
import type { Order } from '../domain/orders/order.ts';
import { plan } from '../domain/journey/plan.ts';
import { createStore } from '../db/addresses/store.ts';
import { loadStandardJourney } from '../journeys/load.ts';
import { loadRules } from '../rules/load.ts';
import { VIRTUAL_SECRET } from '../dev/installation.ts';
import { startPostgres } from '../dev/servers/postgres.ts';
import { deriveKeys } from '../app/secrets.ts';
import { floodInbox, floodLedger } from './flood.ts';

const SIZES = [500, 5_000, 10_000] as const;
const NOW = Date.UTC(2026, 2, 2, 22, 41);
const TIMES = 3;

const rules = loadRules();
const journey = loadStandardJourney();

/** The time of the fastest of some calls, in ms, and the longest time for which one of them blocked the event loop. */
async function measured(work: () => Promise<unknown> | void): Promise<{ readonly ms: number; readonly held: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let ms = Infinity;
  delay.enable();
  for (let time = 0; time < TIMES; time += 1) {
    const begun = performance.now();
    await work();
    ms = Math.min(ms, performance.now() - begun);
  }
  delay.disable();
  return { ms: Math.round(ms * 10) / 10, held: Math.round(delay.max / 1e6) };
}

function factsOf(count: number): Fact[] {
  return Array.from({ length: count }, (_, index) => {
    const head = { id: `f${index}`, at: NOW + index };
    return index % 10 === 0
      ? { ...head, type: 'order_updated' }
      : { ...head, type: 'parcel_out_for_delivery', parcel: `p${index % 100}` };
  });
}

function applyAndPlan(facts: readonly Fact[]): void {
  const known = applyAll({ ...NO_FACTS, placedAt: NOW }, facts);
  plan(journey, { facts: known, handled: {}, notBefore: {}, skippedSteps: [] }, NOW + DAY);
}

async function placed(db: Db, count: number): Promise<{ readonly order: string; readonly contact: string }> {
  const order: Order = {
    id: `flood-${count}`,
    name: `#${count}`,
    placedAt: NOW,
    total: { minor: 1_000, currency: 'GBP' },
    fulfilment: 'shipped',
    customer: { consents: [], phone: { e164: `+4474001${String(count).padStart(5, '0')}`, country: 'GB' } },
    place: { country: 'GB' },
    items: [],
  };
  const store = createStore(db, deriveKeys([VIRTUAL_SECRET]).addresses);
  const result = await placeOrder(store, brand, order, journey, Buffer.alloc(1), NOW);
  if (result.kind !== 'placed') throw new Error(`an order that is ${result.kind}`);
  const about = { brand: brand.id, order: order.id, count, at: NOW };
  await floodInbox(db, about);
  await floodLedger(db, { ...about, contact: result.contact });
  return { order: order.id, contact: result.contact };
}

const postgres = await startPostgres();
await migrateLatest({ ...postgres, databaseUrl: postgres.url });
const db = connect(postgres.url);
const brand = loadBrand(new URL('../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
await saveBrand(db, brand, NOW);

const figures: Record<string, object> = {};
for (const count of SIZES) {
  const { order } = await placed(db, count);
  const facts = factsOf(count);
  const planned = await measured(() => applyAndPlan(facts));
  const shown = await measured(() => orderView(db, brand.id, order, NOW + DAY, { limit: 200 }));
  const about = { brand: brand.id, order, kind: 'order_updated' } as const;
  const explained = await measured(() => explainMessage(db, about, journey, rules, NOW + DAY));
  figures[count] = {
    applyAndPlanMs: planned.ms,
    getMs: shown.ms,
    getHeldMs: shown.held,
    explainMs: explained.ms,
    explainHeldMs: explained.held,
  };
  console.log(
    `${String(count).padStart(6)} facts: apply and plan ${planned.ms} ms, GET ${shown.ms} ms (held the loop ${shown.held} ms), explain ${explained.ms} ms (${explained.held} ms)`,
  );
}
await db.destroy();
await postgres.stop();
console.log(JSON.stringify(figures));
