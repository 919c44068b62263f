import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAbuseWatch } from '../../../app/background/abuse-watch.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { rules } from '../../helpers/rules.ts';
import { ORDER_TIME } from '../../helpers/orders.ts';
import type { Shop } from '../../api/shop.ts';
import { openShop } from '../../api/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

/** A database that breaks off the look at new numbers, as a time limit does. */
function withoutConversions(db: Db): Db {
  return new Proxy(db, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (name !== 'raw') return value;
      return (sql: string, bindings: never) =>
        sql.includes(':atLeast') ? Promise.reject(new Error('canceling statement')) : target.raw(sql, bindings);
    },
  });
}

it('an alarm of spending is told once in the log and the metrics, even if the next check fails', async () => {
  const { db } = shop;
  await db('brands')
    .where({ id: 'bottega' })
    .update({ settings: db.raw(`settings || '{"spend": {"currency": "EUR", "perDay": 1}}'::jsonb`) });
  const day = db.raw(
    `(select cast(cast(? as timestamptz) at time zone (settings->>'zone') as date) from brands where id = 'bottega')`,
    [new Date(ORDER_TIME).toISOString()],
  );
  await db('spend').insert({
    brand_id: 'bottega',
    day,
    country: 'IT',
    messages: 9,
    amount: 5,
    currency: 'EUR',
    last_price: 1,
  });
  const lines: { readonly msg: string; readonly kind?: string }[] = [];
  const clock = { now: () => ORDER_TIME };
  const log = pino(
    { level: 'warn' },
    { write: (line: string) => lines.push(JSON.parse(line) as (typeof lines)[number]) },
  );
  const metrics = createMetrics(db, rules.packs, clock);
  const watch = startAbuseWatch({ db: withoutConversions(db), clock, log, metrics });
  await expect.poll(() => lines.map(({ msg }) => msg)).toContain('spending not looked at');
  await watch.stop();
  const alarms: { kind: string }[] = await db('abuse_alarms').select('kind');
  expect(alarms.length).toBeGreaterThan(0);
  const told = lines.filter(({ msg }) => msg === 'texts cost too much or reach nobody');
  expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(alarms.map(({ kind }) => kind)));
  expect(told).toHaveLength(alarms.length);
  const text = await metrics.text();
  for (const { kind } of alarms) expect(text).toMatch(new RegExp(`dopo_abuse\\w*\\{kind="${kind}"\\} 1`));
});
