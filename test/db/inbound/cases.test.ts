import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeCase, openCase } from '../../../db/inbound/cases.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placed } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

function open({ contact }: PlacedOrder, order: string | null, cause = 'inbound-1'): Promise<number> {
  const opened = { brand: brand.id, contact, order, kind: 'question', cause, at: NOON, byWorkflow: false } as const;
  return openCase(ledger.db, opened);
}

async function facts({ order }: PlacedOrder): Promise<object[]> {
  return ledger
    .db('inbox')
    .where({ order_id: order, source: 'dopo' })
    .whereNot({ type: 'order_placed' })
    .orderBy('id')
    .select('type', 'applied_at');
}

describe('opening a case', () => {
  it('that no workflow opened tells the order about it', async () => {
    const order = await placed(ledger.db);
    await open(order, order.order);
    expect(await facts(order)).toEqual([{ type: 'case_opened', applied_at: null }]);
  });

  it('about no order is one case per cause too', async () => {
    const order = await placed(ledger.db);
    const number = await open(order, null, 'inbound-2');
    expect(await open(order, null, 'inbound-2')).toBe(number);
    expect(await facts(order)).toEqual([]);
  });
});

describe('closing a case', () => {
  it('tells its order, once', async () => {
    const order = await placed(ledger.db);
    const number = await open(order, order.order, 'inbound-3');
    expect(
      await closeCase(ledger.db, { brand: brand.id, id: number, actor: 'ada', reason: 'answered' }, NOON + 1),
    ).toBe('closed');
    expect(
      await closeCase(ledger.db, { brand: brand.id, id: number, actor: 'ada', reason: 'answered' }, NOON + 2),
    ).toBe('already_closed');
    expect((await facts(order)).map((fact) => 'type' in fact && fact.type)).toEqual(['case_opened', 'case_closed']);
  });

  it('ten times at once closes it once', async () => {
    const order = await placed(ledger.db);
    const number = await open(order, order.order, 'inbound-4');
    const results = await Promise.all(
      Array.from({ length: 10 }, () =>
        closeCase(ledger.db, { brand: brand.id, id: number, actor: 'ada', reason: 'answered' }, NOON),
      ),
    );
    expect(results.filter((result) => result === 'closed')).toHaveLength(1);
  });

  it("another brand's case does not exist", async () => {
    const order = await placed(ledger.db);
    const number = await open(order, order.order, 'inbound-5');
    expect(
      await closeCase(ledger.db, { brand: 'altrove', id: number, actor: 'ada', reason: 'answered' }, NOON),
    ).toBeUndefined();
    expect(await closeCase(ledger.db, { brand: brand.id, id: number, actor: 'ada', reason: 'answered' }, NOON)).toBe(
      'closed',
    );
  });
});
