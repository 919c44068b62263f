import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewFact } from '../../../db/orders/inbox.ts';
import {
  countPending,
  factsOf,
  hasPending,
  markApplied,
  markMissed,
  markTried,
  pendingFacts,
  storeFact,
} from '../../../db/orders/inbox.ts';
import { ensureOrder } from '../../../db/orders/orders.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placed } from '../../helpers/ledger.ts';

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

/** What one drainer is given, and leaves where it is. */
function pending(limit = 50): Promise<string[]> {
  return ledger.db.transaction(async (trx) => (await pendingFacts(trx, limit)).map(({ fact }) => fact.id));
}

describe('storing a fact', () => {
  it('again is a duplicate, with another body a conflict, and in both cases the first stays', async () => {
    const order = await placed(ledger.db);
    const fact = updateOf(order);
    expect(await storeFact(ledger.db, fact)).toBe('stored');
    expect(await storeFact(ledger.db, fact)).toBe('duplicate');
    expect(await storeFact(ledger.db, { ...fact, requestHash: Buffer.from('b'), type: 'order_cancelled' })).toBe(
      'conflict',
    );
    expect(await ledger.db('inbox').where({ event_id: fact.id })).toMatchObject([{ type: 'order_updated' }]);
  });

  it('ten times at once stores one', async () => {
    const fact = updateOf(await placed(ledger.db));
    const results = await Promise.all(Array.from({ length: 10 }, () => storeFact(ledger.db, fact)));
    expect(results.filter((result) => result === 'stored')).toHaveLength(1);
    expect(results.filter((result) => result === 'duplicate')).toHaveLength(9);
  });

  it('the same id of another source or order is another fact', async () => {
    const fact = updateOf(await placed(ledger.db));
    const { order } = await placed(ledger.db);
    for (const other of [fact, { ...fact, source: 'dopo' as const }, { ...fact, order }])
      expect(await storeFact(ledger.db, other)).toBe('stored');
  });
});

describe('handing facts on', () => {
  it('two drainers at once never get the same row, and together get all', async () => {
    const order = await placed(ledger.db);
    await pending();
    await ledger.db('inbox').update({ applied_at: new Date(NOON) });
    const ids = await stored(order, 30);
    const [first, second] = await Promise.all([ledger.db.transaction(), ledger.db.transaction()]);
    const batches = await Promise.all([pendingFacts(first, 20), pendingFacts(second, 20)]);
    const taken = batches.flat().map(({ fact }) => fact.id);
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken.toSorted()).toEqual(ids.toSorted());
    await Promise.all([first.rollback(), second.rollback()]);
  });

  it('many drainers deliver every row once', async () => {
    const order = await placed(ledger.db);
    await ledger.db('inbox').update({ applied_at: new Date(NOON) });
    const ids = await stored(order, 60);
    const delivered: string[] = [];
    const drain = async (): Promise<void> => {
      for (;;) {
        const batch = await ledger.db.transaction(async (trx) => {
          const facts = await pendingFacts(trx, 7);
          delivered.push(...facts.map(({ fact }) => fact.id));
          await markApplied(
            trx,
            facts.map(({ row }) => row),
            NOON,
          );
          return facts.length;
        });
        if (batch === 0) return;
      }
    };
    await Promise.all(Array.from({ length: 4 }, drain));
    expect(delivered.toSorted()).toEqual(ids.toSorted());
  });

  it('a row that was handed on is not given out again', async () => {
    const order = await placed(ledger.db);
    await stored(order, 3);
    await ledger.db.transaction(async (trx) => {
      const rows = (await pendingFacts(trx, 50)).map(({ row }) => row);
      await markApplied(trx, rows, NOON);
    });
    expect(await pending()).toEqual([]);
    expect(await hasPending(ledger.db, brand.id, order.order)).toBe(false);
    expect(await countPending(ledger.db)).toBe(0);
  });

  it('what a drainer had in hand when it died is given out again', async () => {
    const ids = await stored(await placed(ledger.db), 3);
    const dying = await ledger.db.transaction();
    await pendingFacts(dying, 50);
    await dying.rollback();
    expect((await pending()).filter((id) => ids.includes(id))).toEqual(ids);
  });

  it('a row that cannot be delivered stands behind all that were tried less often', async () => {
    const [stuck, ...others] = await stored(await placed(ledger.db), 4);
    await ledger.db.transaction(async (trx) => {
      const facts = await pendingFacts(trx, 50);
      await markTried(
        trx,
        facts.filter(({ fact }) => fact.id === stuck).map(({ row }) => row),
      );
    });
    expect((await pending()).filter((id) => id !== 'order_placed')).toEqual([...others, stuck]);
    expect((await pending(1))[0]).not.toBe(stuck);
  });

  it('a row that cannot be read holds nobody up and stays pending', async () => {
    const order = await placed(ledger.db);
    await ledger.db('inbox').update({ applied_at: new Date(NOON) });
    await storeFact(ledger.db, updateOf(order, { type: 'of_a_later_version' }));
    await storeFact(ledger.db, updateOf(order, { type: 'parcel_shipped' }));
    const ids = await stored(order, 2);
    expect(await pending()).toEqual(ids);
    expect(await pending(2)).toEqual(ids);
    expect(await countPending(ledger.db)).toBe(4);
  });

  it('a row that cannot be read is left out of the facts of its order', async () => {
    const order = await placed(ledger.db);
    await storeFact(ledger.db, updateOf(order, { type: 'of_a_later_version' }));
    await storeFact(ledger.db, updateOf(order, { type: 'parcel_shipped' }));
    const [readable] = await stored(order, 1);
    const facts = await factsOf(ledger.db, brand.id, order.order);
    expect(facts.map(({ id }) => id)).toEqual(['order_placed', readable]);
  });

  it('what a run missed that ended before its order came is settled, unless the order has been placed since', async () => {
    const order = await placed(ledger.db);
    await ensureOrder(ledger.db, brand.id, 'never-placed', NOON);
    const [late, ghost] = [updateOf(order), updateOf(order, { order: 'never-placed' })];
    for (const fact of [late, ghost]) await storeFact(ledger.db, fact);
    await ledger.db.transaction(async (trx) => {
      const missed = (await pendingFacts(trx, 50)).filter(({ fact }) => fact.type !== 'order_placed');
      await markMissed(
        trx,
        missed.map(({ row }) => row),
        NOON,
      );
    });
    expect(await pending()).toEqual(['order_placed', late.id]);
  });

  it('a fact is given out with whether the placement of its order has been told', async () => {
    const order = await placed(ledger.db);
    await stored(order, 1);
    const known = () => ledger.db.transaction(async (trx) => (await pendingFacts(trx, 50)).map((one) => one.placed));
    expect(await known()).toEqual([false, false]);
    await ledger
      .db('inbox')
      .where({ order_id: order.order, type: 'order_placed' })
      .update({ applied_at: new Date(NOON) });
    expect(await known()).toEqual([true]);
  });

  it('the fact says what the workflow needs, and nothing personal', async () => {
    const order = await placed(ledger.db, { promisedAt: NOON, parcelCount: 2 });
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
