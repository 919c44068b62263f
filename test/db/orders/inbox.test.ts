import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewFact } from '../../../db/orders/inbox.ts';
import {
  claimFacts,
  countPending,
  factsOf,
  hasPending,
  settleFactsOfEndedRuns,
  storeFact,
} from '../../../db/orders/inbox.ts';
import { ensureOrder } from '../../../db/orders/order-row.ts';
import { giveBack, refuseRows, settle } from '../../../db/outbox/outbox.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());
beforeEach(async () => {
  await ledger
    .db('inbox')
    .whereNull('applied_at')
    .update({ applied_at: new Date(NOON) });
});

let count = 0;

function updateOf({ order }: PlacedOrder, overrides: Partial<NewFact> = {}): NewFact {
  count += 1;
  const head = { brand: brand.id, order, source: 'api', at: NOON, now: NOON, payload: {} } as const;
  return { ...head, id: `event-${count}`, type: 'order_updated', requestHash: Buffer.from('a'), ...overrides };
}

async function stored(order: PlacedOrder, number: number): Promise<string[]> {
  const facts = Array.from({ length: number }, () => updateOf(order));
  for (const fact of facts) await storeFact(ledger.db, fact);
  return facts.map(({ id }) => id);
}

/** The rows that one drainer claims, and settles. */
async function pending(limit = 50): Promise<string[]> {
  const claim = await claimFacts(ledger.db, limit);
  await giveBack(
    ledger.db,
    'fact',
    claim,
    claim.rows.map(({ row }) => row),
  );
  return claim.rows.map(({ item }) => item.fact.id);
}

describe('storing a fact', () => {
  it('again is a duplicate, with another body a conflict, and in both cases the first stays', async () => {
    const order = await placedOrder(ledger.db);
    const fact = updateOf(order);
    expect(await storeFact(ledger.db, fact)).toBe('stored');
    expect(await storeFact(ledger.db, fact)).toBe('duplicate');
    expect(await storeFact(ledger.db, { ...fact, requestHash: Buffer.from('b'), type: 'order_cancelled' })).toBe(
      'conflict',
    );
    expect(await ledger.db('inbox').where({ event_id: fact.id })).toMatchObject([{ type: 'order_updated' }]);
  });

  it('ten times at once stores one', async () => {
    const fact = updateOf(await placedOrder(ledger.db));
    const results = await Promise.all(Array.from({ length: 10 }, () => storeFact(ledger.db, fact)));
    expect(results.filter((result) => result === 'stored')).toHaveLength(1);
    expect(results.filter((result) => result === 'duplicate')).toHaveLength(9);
  });

  it('the same id of another source or order is another fact', async () => {
    const fact = updateOf(await placedOrder(ledger.db));
    const { order } = await placedOrder(ledger.db);
    for (const other of [fact, { ...fact, source: 'dopo' as const }, { ...fact, order }])
      expect(await storeFact(ledger.db, other)).toBe('stored');
  });
});

describe('handing facts on', () => {
  it('two drainers at once never get the same row, and together get all', async () => {
    const order = await placedOrder(ledger.db);
    await ledger.db('inbox').update({ applied_at: new Date(NOON) });
    const ids = await stored(order, 30);
    const claims = await Promise.all([claimFacts(ledger.db, 20), claimFacts(ledger.db, 20)]);
    const taken = claims.flatMap(({ rows }) => rows.map(({ item }) => item.fact.id));
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken.toSorted()).toEqual(ids.toSorted());
  });

  it('many drainers deliver every row once', async () => {
    const order = await placedOrder(ledger.db);
    await ledger.db('inbox').update({ applied_at: new Date(NOON) });
    const ids = await stored(order, 60);
    const delivered: string[] = [];
    const drain = async (): Promise<void> => {
      while ((await countPending(ledger.db)) > 0) {
        const claim = await claimFacts(ledger.db, 7);
        delivered.push(...claim.rows.map(({ item }) => item.fact.id));
        const rows = claim.rows.map(({ row }) => row);
        expect(await settle(ledger.db, 'fact', claim, rows, NOON)).toBe(rows.length);
      }
    };
    await Promise.all(Array.from({ length: 4 }, drain));
    expect(delivered.toSorted()).toEqual(ids.toSorted());
  });

  it('a row that was handed on is not given out again', async () => {
    const order = await placedOrder(ledger.db);
    await stored(order, 3);
    const claim = await claimFacts(ledger.db, 50);
    await settle(
      ledger.db,
      'fact',
      claim,
      claim.rows.map(({ row }) => row),
      NOON,
    );
    expect(await pending()).toEqual([]);
    expect(await hasPending(ledger.db, brand.id, order.order)).toBe(false);
    expect(await countPending(ledger.db)).toBe(0);
  });

  it('a dead letter is not what an order waits for', async () => {
    const order = await placedOrder(ledger.db);
    expect(await hasPending(ledger.db, brand.id, order.order)).toBe(true);
    await ledger
      .db('inbox')
      .where({ order_id: order.order })
      .update({ dead_at: new Date(NOON), last_error: 'X' });
    expect(await hasPending(ledger.db, brand.id, order.order)).toBe(false);
  });

  it('a row that was refused waits for its next try, and holds up none of those behind it', async () => {
    const [stuck, ...others] = await stored(await placedOrder(ledger.db), 4);
    const claim = await claimFacts(ledger.db, 50);
    const refused = claim.rows
      .filter(({ item }) => item.fact.id === stuck)
      .map(({ row, tries }) => ({ id: row, tries, error: 'INVALID_ARGUMENT', final: true }));
    expect(await refuseRows(ledger.db, 'fact', claim, refused, NOON)).toEqual([]);
    await giveBack(
      ledger.db,
      'fact',
      claim,
      claim.rows.map(({ row }) => row),
    );
    expect(await pending()).toEqual(['order_placed', ...others]);
    expect(await countPending(ledger.db)).toBe(5);
    await ledger
      .db('inbox')
      .where({ event_id: stuck })
      .update({ next_try_at: new Date(0) });
    expect(await pending()).toContain(stuck);
  });

  it('rows that cannot be read are said to be that, and take no others along', async () => {
    const order = await placedOrder(ledger.db);
    await ledger.db('inbox').update({ applied_at: new Date(NOON) });
    await storeFact(ledger.db, updateOf(order, { type: 'of_a_later_version' }));
    await storeFact(ledger.db, updateOf(order, { type: 'parcel_shipped' }));
    const torn = updateOf(order);
    await storeFact(ledger.db, torn);
    await ledger.db('inbox').where({ event_id: torn.id }).update({ occurred_at: 'infinity' });
    const ids = await stored(order, 2);
    const { rows, unreadable } = await claimFacts(ledger.db, 50);
    expect(rows.map(({ item }) => item.fact.id)).toEqual(ids);
    expect(unreadable.map(({ brand: of, tries }) => [of, tries])).toEqual(
      Array.from({ length: 3 }, () => [brand.id, 0]),
    );
  });

  it('a row that cannot be read is left out of the facts of its order', async () => {
    const order = await placedOrder(ledger.db);
    await storeFact(ledger.db, updateOf(order, { type: 'of_a_later_version' }));
    await storeFact(ledger.db, updateOf(order, { type: 'parcel_shipped' }));
    const [readable] = await stored(order, 1);
    const facts = await factsOf(ledger.db, brand.id, order.order);
    expect(facts.map(({ id }) => id)).toEqual(['order_placed', readable]);
  });

  it('what a run missed that ended before its order came is settled, unless the order has been placed since', async () => {
    const order = await placedOrder(ledger.db);
    await ensureOrder(ledger.db, brand.id, 'never-placed', NOON);
    const [late, ghost] = [updateOf(order), updateOf(order, { order: 'never-placed' })];
    for (const fact of [late, ghost]) await storeFact(ledger.db, fact);
    const claim = await claimFacts(ledger.db, 50);
    const missed = claim.rows.filter(({ item }) => item.fact.type !== 'order_placed').map(({ row }) => row);
    await settleFactsOfEndedRuns(ledger.db, claim, missed, NOON);
    await giveBack(
      ledger.db,
      'fact',
      claim,
      claim.rows.map(({ row }) => row),
    );
    expect(await pending()).toEqual(['order_placed', late.id]);
  });

  it('a fact is given out with whether the placement of its order has been told', async () => {
    const order = await placedOrder(ledger.db);
    await stored(order, 1);
    const known = async () => (await claimFacts(ledger.db, 50)).rows.map(({ item }) => item.placed);
    expect(await known()).toEqual([false, false]);
    await ledger.db('inbox').update({ claimed_until: null });
    await ledger
      .db('inbox')
      .where({ order_id: order.order, type: 'order_placed' })
      .update({ applied_at: new Date(NOON) });
    expect(await known()).toEqual([true]);
  });

  it('the fact says what the workflow needs, and nothing personal', async () => {
    const order = await placedOrder(ledger.db, { promisedAt: NOON, parcelCount: 2 });
    const parcel = updateOf(order, { type: 'parcel_shipped', payload: { parcel: 'p1', parcelCount: 2, carrier: 'x' } });
    const rated = updateOf(order, { source: 'customer', type: 'rated', payload: { score: 4 } });
    for (const fact of [parcel, rated]) await storeFact(ledger.db, fact);
    const placement = { contact: order.contact, parcelCount: 2, promisedAt: NOON };
    expect(await factsOf(ledger.db, brand.id, order.order)).toMatchObject([
      { id: 'order_placed', type: 'order_placed', placement },
      { id: parcel.id, type: 'parcel_shipped', parcel: 'p1', parcelCount: 2, at: NOON },
      { id: rated.id, type: 'rated', score: 4 },
    ]);
  });
});
