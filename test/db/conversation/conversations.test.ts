import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inbound } from '../../../db/conversation/conversations.ts';
import {
  findCorrespondent,
  recordDueReply,
  claimReplies,
  storeInbound,
} from '../../../db/conversation/conversations.ts';
import { giveUp, recordRefused, recordUnknown } from '../../../db/sending/ledger/attempts.ts';
import { storeFact } from '../../../db/orders/inbox.ts';
import { giveBack, settle } from '../../../db/outbox/outbox.ts';
import { CLOCK_SKEW, QUESTION_OPEN_FOR, REQUEST_OPEN_FOR } from '../../../domain/sending/ledger.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder, planned, submitted } from '../../helpers/ledger.ts';
import { ORDER_TIME } from '../../helpers/orders.ts';

const DAY = 24 * 60 * 60_000;

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

function writerOf({ phone }: PlacedOrder, now = NOON + 1000) {
  return findCorrespondent(ledger.db, brand.id, phone, now, now);
}

/** A second, later order of the same customer. */
function anotherOf({ phone }: PlacedOrder): Promise<PlacedOrder> {
  return placedOrder(ledger.db, { placedAt: ORDER_TIME + DAY, customer: { phone: { e164: phone, country: 'IT' } } });
}

async function asked(order: PlacedOrder, kind: 'rating_request' | 'nps_request', at = NOON): Promise<string> {
  const message = await planned(ledger.db, order, { kind, dueAt: at });
  await submitted(ledger.db, message, at);
  return message;
}

describe('what a text is about', () => {
  it('is unknown when no order has the number', async () => {
    expect(await findCorrespondent(ledger.db, brand.id, '+393330000009', NOON, NOON)).toBeUndefined();
  });

  it('is the latest order while nothing was sent, and then the one we wrote about last', async () => {
    const first = await placedOrder(ledger.db);
    const second = await anotherOf(first);
    expect(await writerOf(first)).toEqual({ contact: first.contact, order: second.order });
    await submitted(ledger.db, await planned(ledger.db, first));
    expect(await writerOf(first)).toEqual({ contact: first.contact, order: first.order });
  });

  it('is an open question, of several the last asked', async () => {
    const first = await placedOrder(ledger.db);
    const second = await anotherOf(first);
    await asked(first, 'rating_request');
    await asked(second, 'nps_request', NOON + 500);
    expect(await writerOf(first)).toMatchObject({ openQuestion: { kind: 'nps_request', order: second.order } });
  });

  it('is no question any more once it was answered or is too old', async () => {
    const order = await placedOrder(ledger.db);
    await asked(order, 'rating_request');
    expect(await writerOf(order, NOON + QUESTION_OPEN_FOR - 1)).toHaveProperty('openQuestion');
    expect(await writerOf(order, NOON + QUESTION_OPEN_FOR)).not.toHaveProperty('openQuestion');
    const answer = { source: 'customer', id: 'answer-1', type: 'rated', payload: { score: 5 } } as const;
    const head = { brand: brand.id, order: order.order, at: NOON, now: NOON, requestHash: Buffer.alloc(0) };
    await storeFact(ledger.db, { ...head, ...answer });
    expect(await writerOf(order)).not.toHaveProperty('openQuestion');
  });

  it('is no question that was asked after the text was written, however late the text arrives', async () => {
    const order = await placedOrder(ledger.db);
    await asked(order, 'rating_request');
    const wroteAt = async (at: number) => findCorrespondent(ledger.db, brand.id, order.phone, at, NOON + 1000);
    expect(await wroteAt(NOON - CLOCK_SKEW - 1)).not.toHaveProperty('openQuestion');
    expect(await wroteAt(NOON - CLOCK_SKEW)).toHaveProperty('openQuestion');
  });

  it('is no question about an order that turned out to be another number’s, nor that order', async () => {
    const wrong = await placedOrder(ledger.db);
    const own = await anotherOf(wrong);
    const right = await placedOrder(ledger.db);
    await asked(wrong, 'rating_request');
    await ledger.db('orders').where({ id: wrong.order }).update({ contact_id: right.contact });
    expect(await writerOf(wrong)).toEqual({ contact: wrong.contact, order: own.order });
  });

  it('is no question that was refused, but one that may have arrived', async () => {
    const refused = await placedOrder(ledger.db);
    const message = await planned(ledger.db, refused, { kind: 'rating_request' });
    await recordRefused(ledger.db, await submitted(ledger.db, message), '422', 'provider_refused', NOON);
    expect(await writerOf(refused)).not.toHaveProperty('openQuestion');
    const lost = await placedOrder(ledger.db);
    const unknown = await asked(lost, 'rating_request');
    await recordUnknown(ledger.db, unknown, 'timeout', NOON);
    expect(await writerOf(lost)).toHaveProperty('openQuestion');
    await giveUp(ledger.db, unknown, NOON);
    expect(await writerOf(lost)).toHaveProperty('openQuestion');
  });
});

describe('a request for consent', () => {
  const request = async (order: PlacedOrder, at = NOON) => {
    const about = { kind: 'consent_request', step: 'consent_request', occurrence: String(at), dueAt: at } as const;
    await submitted(ledger.db, await planned(ledger.db, order, about), at);
  };
  const answer = async (order: PlacedOrder, kind: 'confirmed' | 'declined' | 'stop' | 'question', at: number) => {
    const writer = await writerOf(order);
    const head = { brand: brand.id, channel: 'sms', providerId: randomUUID(), address: order.phone } as const;
    const said = { at, text: 'x', meaning: { kind } };
    await ledger.db.transaction((trx) => storeInbound(trx, { ...head, ...said, ...(writer && { writer }) }, at));
  };

  it('is open until it is answered, by a yes, a no or a STOP', async () => {
    for (const kind of ['confirmed', 'declined', 'stop'] as const) {
      const order = await placedOrder(ledger.db);
      expect(await writerOf(order)).not.toHaveProperty('openRequest');
      await request(order);
      expect(await writerOf(order)).toMatchObject({ openRequest: 'consent_request' });
      await answer(order, 'question', NOON + 100);
      expect(await writerOf(order)).toHaveProperty('openRequest');
      await answer(order, kind, NOON + 200);
      expect(await writerOf(order)).not.toHaveProperty('openRequest');
    }
  });

  it('is not answered by a text that was written before it and arrives after', async () => {
    const order = await placedOrder(ledger.db);
    await request(order);
    const wroteAt = async (at: number) => findCorrespondent(ledger.db, brand.id, order.phone, at, NOON + 1000);
    expect(await wroteAt(NOON - CLOCK_SKEW - 1)).not.toHaveProperty('openRequest');
    expect(await wroteAt(NOON - CLOCK_SKEW)).toHaveProperty('openRequest');
  });

  it('is too old after a month: a renewal is asked for thirty days ahead', async () => {
    const order = await placedOrder(ledger.db);
    await request(order);
    expect(await writerOf(order, NOON + REQUEST_OPEN_FOR - 1)).toHaveProperty('openRequest');
    expect(await writerOf(order, NOON + REQUEST_OPEN_FOR)).not.toHaveProperty('openRequest');
  });
});

describe('storing a text', () => {
  async function inboundOf(order: PlacedOrder, overrides: Partial<Inbound> = {}): Promise<Inbound> {
    const writer = await writerOf(order);
    const head = { brand: brand.id, channel: 'sms', providerId: randomUUID(), address: order.phone } as const;
    return { ...head, at: NOON, text: 'STOP', meaning: { kind: 'stop' }, ...(writer && { writer }), ...overrides };
  }
  const store = (inbound: Inbound) => ledger.db.transaction((trx) => storeInbound(trx, inbound, NOON));
  const storeOwing = (inbound: Inbound) =>
    ledger.db.transaction(async (trx) => {
      const id = (await storeInbound(trx, inbound, NOON)) ?? '';
      await recordDueReply(trx, id, 'opt_out_confirmed');
      return id;
    });
  const due = () => claimReplies(ledger.db, 50);

  it('twice stores it once', async () => {
    const inbound = await inboundOf(await placedOrder(ledger.db));
    expect(await store(inbound)).toBeDefined();
    expect(await store(inbound)).toBeUndefined();
  });

  it('all texts of a contact are one conversation', async () => {
    const order = await placedOrder(ledger.db);
    for (let times = 0; times < 3; times += 1) await store(await inboundOf(order));
    expect(await ledger.db('conversations').where({ contact_id: order.contact })).toHaveLength(1);
  });

  it('a reply is due until it is marked, and to a stranger none is', async () => {
    const order = await placedOrder(ledger.db);
    const id = await storeOwing(await inboundOf(order));
    const { writer: _writer, ...stranger } = await inboundOf(order);
    await store(stranger);
    const claim = await due();
    const mine = claim.rows.filter(({ item }) => item.contact === order.contact);
    expect(mine.map(({ item }) => item)).toEqual([
      { inbound: id, brand: brand.id, contact: order.contact, send: 'opt_out_confirmed', at: NOON },
    ]);
    await settle(ledger.db, 'reply', claim, [id], NOON);
    await giveBack(
      ledger.db,
      'reply',
      claim,
      claim.rows.map(({ row }) => row),
    );
    expect((await due()).rows.filter(({ item }) => item.contact === order.contact)).toEqual([]);
  });

  it('two drainers at once never start the same reply', async () => {
    for (let times = 0; times < 6; times += 1) await storeOwing(await inboundOf(await placedOrder(ledger.db)));
    const claims = await Promise.all([claimReplies(ledger.db, 3), claimReplies(ledger.db, 50)]);
    const taken = claims.flatMap(({ rows }) => rows.map(({ row }) => row));
    expect(taken.length).toBeGreaterThanOrEqual(6);
    expect(new Set(taken).size).toBe(taken.length);
  });
});
