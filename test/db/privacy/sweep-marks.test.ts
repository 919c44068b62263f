import { afterAll, beforeAll, expect, it } from 'vitest';
import { reportPlans, watchPlans } from '../../../bench/scale-plans.ts';
import { connect } from '../../../db/connection/connect.ts';
import { sweep } from '../../../db/privacy/retention.ts';
import { DAY } from '../../../domain/time/duration.ts';
import { addPeriod } from '../../../domain/time/period.ts';
import { rules } from '../../helpers/rules.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { openLedger, placedOrder, planned } from '../../helpers/ledger.ts';

/** Proofs of people in Italy, which are kept for five years. */
const PROOFS = 20_000;
const AT = Date.UTC(2026, 0, 10, 12);
const NOW = addPeriod(AT, 'P3Y');

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

it('a sweep with nothing due reads few rows, also where somebody lives for whom the period is shorter than for the rest', async () => {
  const { db, owner } = ledger;
  const italian = await placedOrder(db, { placedAt: AT });
  const emirati = await placedOrder(db, {
    placedAt: NOW,
    place: { country: 'AE' },
    customer: { phone: { e164: '+971501234567', country: 'AE' } },
  });
  await planned(db, italian, { dueAt: AT });
  await planned(db, emirati, { dueAt: NOW });
  const columns: string[] = await owner('information_schema.columns')
    .where({ table_name: 'decisions' })
    .whereNotIn('column_name', ['id', 'decided_at'])
    .pluck('column_name');
  await owner.raw(
    `insert into decisions (decided_at, ${columns.join(', ')}) select decided_at + n * interval '1 second', ${columns.join(', ')}
       from decisions, generate_series(1, ${PROOFS}) n where order_id = ?`,
    [italian.order],
  );
  await owner.raw('analyze');
  // The first sweep looks at all of them, once.
  expect((await sweep(db, rules.packs, NOW)).counts.send_decisions).toBe(0);
  await owner.raw('analyze');
  await reportPlans(owner);
  const watched = connect(ledger.url, { poolMax: 1 });
  const watch = watchPlans(watched);
  try {
    for (const day of [0, 1, 2, 3, 4, 5, 6]) {
      const plans = await watch(() => sweep(watched, rules.packs, NOW + day * DAY));
      const read = plans.flatMap(({ scans }) => scans).filter(({ table }) => table.includes('decisions'));
      expect(plans.length).toBeGreaterThan(10);
      expect(read.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThan(PROOFS / 20);
    }
  } finally {
    await watched.destroy();
  }
  expect(await db('all_decisions').where({ order_id: italian.order })).toHaveLength(PROOFS + 1);
  const over = addPeriod(NOW, 'P2Y');
  expect((await sweep(db, rules.packs, over)).counts.send_decisions).toBe(1);
  expect(await db('all_decisions').where({ order_id: emirati.order })).toEqual([]);
});
