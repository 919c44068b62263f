import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeCase } from '../../../commands/conversation/close-case.ts';
import { listCases } from '../../../queries/conversation/cases.ts';
import { openCase } from '../../../commands/conversation/open-case.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder } from '../../helpers/ledger.ts';
import { rowsRead } from '../../helpers/plans.ts';

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
    const order = await placedOrder(ledger.db);
    await open(order, order.order);
    expect(await facts(order)).toEqual([{ type: 'case_opened', applied_at: null }]);
  });

  it('of a run that does not know of a correction is of the contact that the order has now, and moves the version of its gate', async () => {
    const order = await placedOrder(ledger.db);
    const other = await placedOrder(ledger.db);
    await ledger.db('orders').where({ id: order.order }).update({ contact_id: other.contact });
    const versions = () =>
      ledger.db('contacts').whereIn('id', [order.contact, other.contact]).orderBy('created_at').pluck('gate_version');
    const before = (await versions()).map(Number);
    const { phone: _phone, ...about } = order;
    const opened = { ...about, kind: 'low_rating', cause: 'low_rating_case', at: NOON, byWorkflow: true } as const;
    const id = await openCase(ledger.db, opened);
    expect(await ledger.db('cases').where({ id }).first('contact_id')).toEqual({ contact_id: other.contact });
    expect((await versions()).map(Number)).toEqual([before[0], (before[1] ?? 0) + 1]);
  });

  it('about no order is one case per cause too', async () => {
    const order = await placedOrder(ledger.db);
    const number = await open(order, null, 'inbound-2');
    expect(await open(order, null, 'inbound-2')).toBe(number);
    expect(await facts(order)).toEqual([]);
  });
});

describe('closing a case', () => {
  it('tells its order, once', async () => {
    const order = await placedOrder(ledger.db);
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
    const order = await placedOrder(ledger.db);
    const number = await open(order, order.order, 'inbound-4');
    const results = await Promise.all(
      Array.from({ length: 10 }, () =>
        closeCase(ledger.db, { brand: brand.id, id: number, actor: 'ada', reason: 'answered' }, NOON),
      ),
    );
    expect(results.filter((result) => result === 'closed')).toHaveLength(1);
  });

  it("another brand's case does not exist", async () => {
    const order = await placedOrder(ledger.db);
    const number = await open(order, order.order, 'inbound-5');
    expect(
      await closeCase(ledger.db, { brand: 'altrove', id: number, actor: 'ada', reason: 'answered' }, NOON),
    ).toBeUndefined();
    expect(await closeCase(ledger.db, { brand: brand.id, id: number, actor: 'ada', reason: 'answered' }, NOON)).toBe(
      'closed',
    );
  });
});

describe('a page of cases', () => {
  const quiet = { ...brand, id: 'silenzio', sender: '+393399957031' };
  beforeAll(async () => {
    await saveBrand(ledger.db, quiet, NOON);
    for (const [of, count] of [
      [quiet, 2_000],
      [brand, 20_000],
    ] as const) {
      const { contact } = await placedOrder(ledger.db, {}, of);
      await ledger.db.raw(
        `insert into cases (brand_id, contact_id, kind, cause, opened_at, closed_at)
           select ?, ?, 'question', 'many-' || n, ?, case when n % 2 = 0 then cast(? as timestamptz) end
             from generate_series(1, ?) as n`,
        [of.id, contact, new Date(NOON), new Date(NOON), count],
      );
    }
    await ledger.db.raw('analyze cases');
  });

  it.each([
    ['open', true],
    ['closed', false],
  ])('that are %s reads as few rows of a quiet brand as it shows', async (_, isOpen) => {
    const asked: { sql: string; bindings: readonly string[] }[] = [];
    const listen = (query: { sql: string; bindings: readonly string[] }): void => void asked.push(query);
    ledger.db.on('query', listen);
    const { cases } = await listCases(ledger.db, quiet.id, { open: isOpen, limit: 20 });
    ledger.db.off('query', listen);
    expect([cases.length, asked.length]).toEqual([20, 1]);
    const [{ sql, bindings } = { sql: '', bindings: [] }] = asked;
    expect(await rowsRead(ledger.db, sql.replaceAll(/\$\d+/g, '?'), bindings)).toBeLessThanOrEqual(21);
  });
});
