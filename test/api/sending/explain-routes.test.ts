import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../../domain/sending/gate/decide.ts';
import { NO_BASIS } from '../../../domain/sending/gate/decision.ts';
import { readGate } from '../../../db/sending/gate/gate.ts';
import { openCase } from '../../../commands/conversation/open-case.ts';
import { storeFact } from '../../../db/orders/inbox.ts';
import { recordDecision } from '../../../db/sending/ledger/messages.ts';
import type { MessageKind } from '../../../domain/sending/message.ts';

import { rules } from '../../helpers/rules.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, consentTo, intended, placedOrder, planned, submitted } from '../../helpers/ledger.ts';
import type { Shop } from '../shop.ts';
import { ORDER_TIME, validEvent } from '../../helpers/orders.ts';
import { openShop, validBrand } from '../shop.ts';

const DAY = 24 * 60 * 60_000;

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const ordered = (overrides: Parameters<typeof placedOrder>[1] = {}) => placedOrder(shop.db, overrides, validBrand());

/** The gate's decision at that moment, recorded as its activity does. */
async function decided(order: PlacedOrder, kind: MessageKind, now: number): Promise<void> {
  // The journey asks for a rating of what takes weeks to judge in a step of its own.
  const step = kind === 'rating_request' ? 'rating_request_long' : kind;
  const message = intended(order, { kind, step, occurrence: '', dueAt: now });
  const { decision, where } = decide(message, await readGate(shop.db, message, now), rules, now);
  await recordDecision(shop.db, message, decision, where, now);
}

const explain = async (order: PlacedOrder, message: string) =>
  shop.get(`/v1/orders/${order.order}/explain?message=${message}`);
const firstOf = async (order: PlacedOrder, message: string) => (await explain(order, message)).body.explained[0];

describe('explain says', () => {
  it('when a message was sent', async () => {
    const order = await ordered();
    await submitted(shop.db, await planned(shop.db, order));
    expect(await firstOf(order, 'shipped')).toMatchObject({ key: 'shipped#parcel-1', status: 'under_way' });
  });

  it("why one was not sent, in the words of the country's rule, with the pack and the person's clock", async () => {
    const order = await ordered({ customer: { consents: [] } });
    await decided(order, 'rating_request', NOON);
    const one = await firstOf(order, 'rating_request');
    expect(one).toMatchObject({ status: 'not_sent', says: { id: 'it.consent.promo' } });
    expect(one.words).toMatch(
      /^Not sent: consent for this class was not given.* \(it\.consent\.promo\) It was Tuesday 2026-03-03 12:00 in Europe\/Rome\.$/,
    );
    expect(one.decisions).toMatchObject([
      { jurisdictions: ['IT'], packs: [expect.stringMatching(/^IT@/)], zoneSource: 'address' },
    ]);
  });

  it('until when one waits', async () => {
    const order = await ordered();
    const sunday = NOON + 5 * DAY;
    await decided(order, 'rating_request', sunday);
    const one = await firstOf(order, 'rating_request');
    expect(one).toMatchObject({ status: 'waiting', says: { id: 'it.hours' } });
    expect(Date.parse(one.at)).toBeGreaterThan(sunday);
    expect(one.words).toContain('Moved to');
  });

  it('that a text about a promise is not sent when the promise has moved on while it waited', async () => {
    const order = await ordered();
    const first = NOON + 2 * DAY;
    const events = [first, first + DAY, first + 2 * DAY].map((promisedAt, index) =>
      validEvent({
        type: 'delivery_promised',
        promisedAt: new Date(promisedAt).toISOString(),
        occurredAt: new Date(ORDER_TIME + index).toISOString(),
      }),
    );
    for (const event of events) await shop.post(`/v1/orders/${order.order}/events`, event);
    const about = { kind: 'delivery_delayed', occurrence: String(first + DAY), dueAt: NOON } as const;
    const wait = { kind: 'wait', until: NOON + DAY, reason: 'delay_told', rule: 'delay.day' } as const;
    await recordDecision(shop.db, intended(order, about), wait, NO_BASIS, NOON);
    expect((await explain(order, 'delivery_delayed')).body.explained).toMatchObject([
      { key: `delivery_delayed#${first + DAY}`, status: 'not_sent' },
      { key: `delivery_delayed#${first + 2 * DAY}`, status: 'planned' },
      { key: expect.stringMatching(/^delivery_overdue/) as unknown },
    ]);
  });

  it('what a message that never became due waits for, and what would be decided now', async () => {
    const order = await ordered({ customer: { consents: [consentTo('service_feedback')] } });
    const one = await firstOf(order, 'review_invitation');
    expect(one.status).toBe('not_due');
    expect(one.words).toMatch(
      /^Not due: it goes out .*which has not happened\. By what is known now, on .* it would not be sent/,
    );
  });

  it('when a planned one comes', async () => {
    const order = await ordered();
    const one = await firstOf(order, 'order_confirmation');
    expect(one).toMatchObject({
      status: 'planned',
      words: expect.stringMatching(/^By what is known now, on .* it would be sent\.$/),
    });
  });

  it('that an order is on hold, and what becomes of its messages when it goes on', async () => {
    const order = await ordered();
    const hold = (id: string, until?: number) =>
      storeFact(shop.db, {
        brand: order.brand,
        order: order.order,
        source: 'dopo',
        id,
        type: 'command.paused',
        at: ORDER_TIME,
        payload: until === undefined ? {} : { until },
        requestHash: Buffer.alloc(0),
        now: ORDER_TIME,
        applied: true,
      });
    await hold('1');
    expect((await firstOf(order, 'order_confirmation')).words).toMatch(
      /^The order is on hold\. Nothing is sent until it is resumed; then, by what is known now, it would be sent\.$/,
    );
    // Confirmations are of use for a day.
    await hold('2', ORDER_TIME + 5 * DAY);
    expect((await firstOf(order, 'order_confirmation')).words).toMatch(
      /^The order is on hold until .* it would not be sent: .*\. The rule: journey\.too_late$/,
    );
  });

  it('what stands against a message beside the case that holds it, once the person has said STOP', async () => {
    const order = await ordered();
    const delivered = { occurredAt: new Date(ORDER_TIME).toISOString(), parcel: { id: 'p1' } };
    await shop.post(`/v1/orders/${order.order}/events`, validEvent({ type: 'parcel_delivered', ...delivered }));
    const { brand, contact } = order;
    const id = await openCase(shop.db, {
      brand,
      contact,
      order: order.order,
      kind: 'question',
      cause: 'inbound-1',
      at: ORDER_TIME,
      byWorkflow: false,
    });
    const held = `Held while case ${id} is open. It goes out a day after the last case is closed, if that is before`;
    const waiting = await firstOf(order, 'check_in');
    expect(waiting).toMatchObject({ status: 'waiting', words: expect.stringContaining(held) });
    expect(waiting.words).toMatch(/; else it ends\.$/);
    await shop.post('/v1/opt-outs', { address: order.phone, source: 'agent', state: 'stopped' });
    const stopped = await firstOf(order, 'check_in');
    expect(stopped).toMatchObject({ status: 'waiting', words: expect.stringContaining(held) });
    expect(stopped.words).toMatch(
      /; else it ends\. By what is known now, on .* it would not be sent: .*\. The rule: suppression$/,
    );
  });

  const caseOf = ({ brand, contact, order }: PlacedOrder) =>
    openCase(shop.db, {
      brand,
      contact,
      order,
      kind: 'question',
      cause: 'inbound-1',
      at: ORDER_TIME,
      byWorkflow: false,
    });

  it('that an open case would hold a message whose trigger has not happened', async () => {
    const order = await ordered({ customer: { consents: [consentTo('service_feedback')] } });
    const id = await caseOf(order);
    for (const kind of ['nps_request', 'check_in']) {
      const one = await firstOf(order, kind);
      expect(one.status).toBe('not_due');
      expect(one.words).toMatch(
        new RegExp(`which has not happened\\. By what is known now, on .* it would wait: case ${id} is open\\.$`),
      );
    }
  });

  it('that an open case rules out a message of a journey that does not wait for cases', async () => {
    const order = await ordered({ customer: { consents: [consentTo('service_feedback')] } });
    // As orders were placed before version 3 of the standard journey, in the form of that time.
    const steps = ['nps_request @delivered+30d !refunded !asked_recently !open_case'];
    await shop
      .db('orders')
      .where({ brand_id: order.brand, id: order.order })
      .update({
        journey_hash: shop.db.raw('keep_journey(cast(? as jsonb))', [
          JSON.stringify({ name: 'standard', version: 2, steps }),
        ]),
      });
    await caseOf(order);
    const againstIt = /it would not be sent: an agent is at work for this order, .*\. The rule: journey\.open_case$/;
    expect(await firstOf(order, 'nps_request')).toMatchObject({
      status: 'not_due',
      words: expect.stringMatching(againstIt),
    });
    const delivered = { occurredAt: new Date(ORDER_TIME).toISOString(), parcel: { id: 'p1' } };
    await shop.post(`/v1/orders/${order.order}/events`, validEvent({ type: 'parcel_delivered', ...delivered }));
    expect(await firstOf(order, 'nps_request')).toMatchObject({
      status: 'planned',
      words: expect.stringMatching(againstIt),
    });
  });

  it('that a step was skipped, or every message cancelled, before the trigger has happened', async () => {
    const commanded = async (order: PlacedOrder, type: string, payload: object) =>
      storeFact(shop.db, {
        brand: order.brand,
        order: order.order,
        source: 'dopo',
        id: type,
        type,
        at: ORDER_TIME,
        payload,
        requestHash: Buffer.alloc(0),
        now: ORDER_TIME,
        applied: true,
      });
    const [one, all] = [await ordered(), await ordered()];
    await commanded(one, 'command.step_skipped', { step: 'shipped' });
    expect((await firstOf(one, 'shipped')).words).toMatch(
      /it would not be sent: .*\. The rule: journey\.skipped_by_operator$/,
    );
    await commanded(all, 'command.messages_cancelled', {});
    expect((await firstOf(all, 'shipped')).words).toMatch(/The rule: journey\.messages_cancelled_by_operator$/);
  });

  it('that the journey has no such step for this order, and for which it has', async () => {
    const order = await ordered();
    const one = await firstOf(order, 'bundle_offer');
    expect(one).toMatchObject({ key: null, status: 'not_in_journey' });
    expect(one.words).toMatch(/sends it to orders with .*complement/);
  });

  it('nothing about an order of another brand, an unknown one or a kind that is none', async () => {
    expect((await shop.get('/v1/orders/nothing/explain?message=shipped')).status).toBe(404);
    const order = await ordered();
    expect((await explain(order, 'greetings')).status).toBe(422);
    expect((await explain(order, '')).status).toBe(422);
  });
});

describe("a contact's decisions", () => {
  it('are all on record, newest first, page by page', async () => {
    const order = await ordered();
    for (const day of [0, 1, 2]) await decided(order, 'delivered', NOON + day * DAY);
    await decided(order, 'rating_request', NOON + 5 * DAY);
    const path = `/v1/contacts/${order.contact}/decisions`;
    const first = (await shop.get(`${path}?limit=3`)).body;
    expect(first.decisions.map(({ kind }: { kind: string }) => kind)).toEqual([
      'rating_request',
      'delivered',
      'delivered',
    ]);
    expect(first.disclaimer).toContain('not legal advice');
    const second = (await shop.get(`${path}?limit=3&after=${first.next}`)).body;
    expect(second).toMatchObject({ decisions: [{ kind: 'delivered', outcome: 'send' }] });
    expect(second.next).toBeUndefined();
    expect((await shop.get(`${path}?kind=rating_request`)).body.decisions).toHaveLength(1);
  });

  it('of another brand’s contact, or of an unknown one, are not found', async () => {
    expect((await shop.get('/v1/contacts/00000000-0000-4000-8000-000000000000/decisions')).status).toBe(404);
  });
});
