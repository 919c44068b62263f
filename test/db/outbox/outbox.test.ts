import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimConsentChecks } from '../../../db/consent/consent-prompt.ts';
import { recordConsents } from '../../../db/consent/consents.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import { closeOrders } from '../../../commands/privacy/erase-person.ts';
import { redriveOutbox } from '../../../commands/sending/redrive-outbox.ts';
import { claimFacts, storeFact, releaseEarlyFacts } from '../../../db/orders/inbox.ts';
import { CLAIMED_FOR, claimFrom, giveBack, refuseRows, settle } from '../../../db/outbox/outbox.ts';
import type { OutboxClaim } from '../../../db/outbox/outbox.ts';
import { MAX_TRIES } from '../../../domain/sending/outbox.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, consentTo, openLedger, placedOrder } from '../../helpers/ledger.ts';
import { rowsRead } from '../../helpers/plans.ts';

const quiet = { ...brand, id: 'silenzio', sender: '+393399957009' };

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
  await saveBrand(ledger.db, quiet, NOON);
});
afterAll(() => ledger.close());
beforeEach(async () => {
  await ledger
    .db('inbox')
    .whereNull('applied_at')
    .update({ applied_at: new Date(NOON) });
});

/** Stores so many facts of one order at once. */
async function flood({ brand: of, order }: PlacedOrder, count: number): Promise<void> {
  await ledger.db.raw(
    `insert into inbox (brand_id, order_id, source, event_id, type, occurred_at, payload, request_hash, received_at)
       select :of, :order, 'api', 'flood-' || n, 'order_updated', :now, '{}', '', :now from generate_series(1, :count) n`,
    { of, order, count, now: new Date(NOON).toISOString() },
  );
}

/** Of what is still to be told: the rows of the tests before are many. */
const untilNextTry = () =>
  ledger
    .db('inbox')
    .whereNull('applied_at')
    .update({ next_try_at: new Date(0) });

const rowsOf = (claim: OutboxClaim<unknown>) => claim.rows.map(({ row }) => row);

describe('a claim', () => {
  it('takes turns between brands: one with thousands of facts does not hold up one with three', async () => {
    await flood(await placedOrder(ledger.db), 3000);
    const order = await placedOrder(ledger.db, {}, quiet);
    const late = { brand: quiet.id, order: order.order, source: 'api', type: 'order_updated', payload: {} } as const;
    for (const id of ['q1', 'q2'])
      await storeFact(ledger.db, { ...late, id, at: NOON, now: NOON, requestHash: Buffer.alloc(1) });
    const { rows } = await claimFacts(ledger.db, 50);
    expect(rows.filter(({ item }) => item.brand === quiet.id)).toHaveLength(3);
  });

  it('takes along what else is due of the same orders, for the same calls, and nothing of others', async () => {
    const [first, second, third] = [
      await placedOrder(ledger.db),
      await placedOrder(ledger.db),
      await placedOrder(ledger.db),
    ];
    for (const order of [first, second, third]) await flood(order, 3);
    const claim = await claimFacts(ledger.db, 2);
    const orders = claim.rows.map(({ item }) => item.order);
    expect(orders).toEqual([...Array(4).fill(first.order), ...Array(4).fill(second.order)]);
    expect((await claimFacts(ledger.db, 50)).rows.map(({ item }) => item.order)).toEqual(Array(4).fill(third.order));
  });

  it('never takes along what waits for another try of its own', async () => {
    const order = await placedOrder(ledger.db);
    await flood(order, 2);
    const waits = { order_id: order.order, event_id: 'flood-1' };
    await ledger
      .db('inbox')
      .where(waits)
      .update({ next_try_at: ledger.db.raw(`now() + interval '1 hour'`) });
    const facts = (await claimFacts(ledger.db, 50)).rows.map(({ item }) => item.fact.id);
    expect(facts.filter((id) => id.startsWith('flood'))).toEqual(['flood-2']);
  });

  it('reads as few rows of 20,000 that wait as it takes, and none of those that wait for another try', async () => {
    const [loud, other] = [await placedOrder(ledger.db), await placedOrder(ledger.db, {}, quiet)];
    await flood(loud, 20_000);
    await flood(other, 5_000);
    await ledger
      .db('inbox')
      .where({ order_id: other.order })
      .whereNull('applied_at')
      .update({ tries: 1, next_try_at: new Date(Date.now() + 3_600_000) });
    await ledger.db.raw('analyze inbox');
    const claim = `with recursive ${claimFrom('fact')} select * from claimed`;
    expect(await rowsRead(ledger.db, claim, { limit: 50 })).toBeLessThan(2_000);
  });

  it('gives brands whose rows all wait for another try no share of its room', async () => {
    const withoutConsents = { customer: { consents: [] } };
    const order = await placedOrder(ledger.db, withoutConsents);
    for (let count = 1; count < 20; count += 1) await placedOrder(ledger.db, withoutConsents);
    for (let count = 0; count < 60; count += 1) {
      const other = { ...quiet, id: `later-${count}`, sender: `+3939988${String(10_000 + count)}` };
      await saveBrand(ledger.db, other, NOON);
      await placedOrder(ledger.db, withoutConsents, other);
    }
    await ledger
      .db('inbox')
      .whereNot({ brand_id: order.brand })
      .whereNull('applied_at')
      .update({ tries: 1, next_try_at: new Date(Date.now() + 3_600_000) });
    expect((await claimFacts(ledger.db, 10)).rows).toHaveLength(10);
  });

  it('of a drainer that has died runs out, and until then no other drainer gets its rows', async () => {
    await placedOrder(ledger.db);
    const dead = await claimFacts(ledger.db, 50);
    expect(dead.rows).toHaveLength(1);
    expect((await claimFacts(ledger.db, 50)).rows).toEqual([]);
    await ledger.db.raw(`update inbox set claimed_until = claimed_until - interval '${CLAIMED_FOR} ms'`);
    expect(rowsOf(await claimFacts(ledger.db, 50))).toEqual(rowsOf(dead));
  });

  it('never waits for a row that another drainer has in hand at that moment', async () => {
    const [held, free] = [await placedOrder(ledger.db), await placedOrder(ledger.db)];
    await ledger.db.transaction(async (trx) => {
      await trx('inbox').where({ order_id: held.order }).forUpdate().select('id');
      const { rows } = await claimFacts(ledger.db, 50);
      expect(rows.map(({ item }) => item.order)).toEqual([free.order]);
    });
  });

  it('that has run out and was given to another drainer settles nothing', async () => {
    await placedOrder(ledger.db);
    const slow = await claimFacts(ledger.db, 50);
    await ledger.db.raw(`update inbox set claimed_until = claimed_until - interval '${CLAIMED_FOR} ms'`);
    const second = await claimFacts(ledger.db, 50);
    expect(await settle(ledger.db, 'fact', slow, rowsOf(slow), NOON)).toBe(0);
    expect(await settle(ledger.db, 'fact', second, rowsOf(second), NOON)).toBe(1);
  });

  it('of a fact that is to be told anew meanwhile settles nothing', async () => {
    const { brand: of, order } = await placedOrder(ledger.db);
    const claim = await claimFacts(ledger.db, 50);
    await ledger.db.transaction((trx) => releaseEarlyFacts(trx, of, order));
    expect(await settle(ledger.db, 'fact', claim, rowsOf(claim), NOON)).toBe(0);
    expect(rowsOf(await claimFacts(ledger.db, 50))).toEqual(rowsOf(claim));
  });

  it('of a consent check settles nothing once the contact has said something new', async () => {
    const { brand: of, contact } = await placedOrder(ledger.db);
    const say = () =>
      recordConsents(ledger.db, of, contact, [{ ...consentTo('promotional'), action: 'granted' }], NOON);
    await say();
    const claim = await claimConsentChecks(ledger.db, 50);
    const mine = claim.rows.filter(({ item }) => item.contact === contact).map(({ row }) => row);
    await say();
    expect(await settle(ledger.db, 'consents', claim, mine, NOON)).toBe(0);
    const again = await claimConsentChecks(ledger.db, 50);
    expect(again.rows.filter(({ item }) => item.contact === contact)).toHaveLength(1);
  });

  it('is given back untried when the engine is away', async () => {
    await placedOrder(ledger.db);
    const claim = await claimFacts(ledger.db, 50);
    await giveBack(ledger.db, 'fact', claim, rowsOf(claim));
    const [again] = (await claimFacts(ledger.db, 50)).rows;
    expect(again?.tries).toBe(0);
  });

  it('is given back behind the others if the engine was asked about it in vain', async () => {
    const [first, second] = [await placedOrder(ledger.db), await placedOrder(ledger.db)];
    const claim = await claimFacts(ledger.db, 50);
    const of = (order: string) => claim.rows.flatMap(({ row, item }) => (item.order === order ? [row] : []));
    expect(of(first.order)).toHaveLength(1);
    await giveBack(ledger.db, 'fact', claim, of(second.order), of(first.order));
    const [next] = (await claimFacts(ledger.db, 1)).rows;
    expect(next).toMatchObject({ tries: 0, item: { order: second.order } });
  });
});

it('a row that was refused twelve times is a dead letter, and is claimed no more', async () => {
  const { order } = await placedOrder(ledger.db);
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    await untilNextTry();
    const claim = await claimFacts(ledger.db, 50);
    const [one] = claim.rows;
    if (!one) throw new Error(`nothing to claim before try ${tries}`);
    expect(one.tries).toBe(tries - 1);
    const dead = await refuseRows(
      ledger.db,
      'fact',
      claim,
      [{ id: one.row, tries: one.tries, error: 'X', final: true }],
      NOON,
    );
    expect(dead).toEqual(tries === MAX_TRIES ? [one.row] : []);
  }
  await untilNextTry();
  expect((await claimFacts(ledger.db, 50)).rows).toEqual([]);
  expect(await ledger.db('inbox').where({ order_id: order }).first()).toMatchObject({ tries: 12, last_error: 'X' });
});

it('a dead letter that is tried again has all its tries', async () => {
  const { brand: of } = await placedOrder(ledger.db);
  const claim = await claimFacts(ledger.db, 50);
  const last = rowsOf(claim).map((id) => ({ id, tries: MAX_TRIES - 1, error: 'X', final: true }));
  expect(await refuseRows(ledger.db, 'fact', claim, last, NOON)).toEqual(rowsOf(claim));
  const redrive = { brand: of, outbox: 'fact', id: String(rowsOf(claim)[0]), actor: 'ada', reason: 'mended' } as const;
  expect(await redriveOutbox(ledger.db, redrive, NOON)).toBe(1);
  expect((await claimFacts(ledger.db, 50)).rows).toMatchObject([{ row: rowsOf(claim)[0], tries: 0 }]);
});

it('a row about which the engine said nothing clear is never a dead letter, however often it was tried', async () => {
  await placedOrder(ledger.db);
  const claim = await claimFacts(ledger.db, 50);
  const failed = rowsOf(claim).map((id) => ({ id, tries: 4 * MAX_TRIES, error: 'X', final: false }));
  expect(failed).not.toEqual([]);
  expect(await refuseRows(ledger.db, 'fact', claim, failed, NOON)).toEqual([]);
  await untilNextTry();
  expect(rowsOf(await claimFacts(ledger.db, 50))).toEqual(rowsOf(claim));
});

it('an erasure waits for what is being told at that moment', async () => {
  const order = await placedOrder(ledger.db);
  const claim = await claimFacts(ledger.db, 50);
  let closed = false;
  const closing = closeOrders(ledger.db, order, NOON).then(() => (closed = true));
  await expect.poll(() => ledger.db('inbox').whereNull('applied_at')).toEqual([]);
  expect(closed).toBe(false);
  // A later result of the drainer changes nothing.
  expect(await settle(ledger.db, 'fact', claim, rowsOf(claim), NOON + 1)).toBe(1);
  await closing;
});
