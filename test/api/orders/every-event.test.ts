import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeOrders } from '../../../commands/privacy/erase-person.ts';
import { removeData } from '../../../db/privacy/erase-person.ts';
import { factsOf } from '../../../db/orders/inbox.ts';
import type { WireField } from '../../../domain/orders/event-row.ts';
import type { ReportedType } from '../../../domain/orders/events.ts';
import { EVENTS, REPORTED_TYPES, TEXT_NAMES } from '../../../domain/orders/events.ts';
import { NO_FACTS } from '../../../domain/orders/facts.ts';
import { applyAll } from '../../../domain/orders/fold.ts';
import { DAY } from '../../../domain/time/duration.ts';
import { ORDER_TIME, validEvent, validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const WORDS = 'Ada Lovelace';
const PROMISED_AT = ORDER_TIME + 4 * DAY;

/** A value of each kind of field, and the fields that are stored of it. A kind that is missing here does not compile. */
const EXAMPLES: {
  readonly [Kind in WireField['kind']]: (name: string) => { readonly said: unknown; readonly stored: object };
} = {
  text: (name) => ({ said: WORDS, stored: { [name]: WORDS } }),
  count: (name) => ({ said: 2, stored: { [name]: 2 } }),
  parcel: (name) => ({ said: { id: 'box', carrier: WORDS }, stored: { [name]: 'box' } }),
  items: (name) => {
    const items = [{ sku: 'MOKA-3', quantity: 1 }];
    return { said: items, stored: { [name]: items, part: { pieces: 1, ofMain: 1 } } };
  },
  amount: () => ({ said: '1.50', stored: { amountMinor: 150 } }),
  currency: () => ({ said: 'EUR', stored: {} }),
  promise: (name) => ({ said: new Date(PROMISED_AT).toISOString(), stored: { [name]: PROMISED_AT } }),
  customer: () => ({ said: { firstName: 'Ada' }, stored: {} }),
  address: () => ({ said: { country: 'IT', city: 'Roma' }, stored: {} }),
};

function exampleOf(type: ReportedType): { said: Record<string, unknown>; stored: Record<string, unknown> } {
  const fields = Object.entries<WireField>(EVENTS[type].says).map(
    ([name, { kind }]) => [name, EXAMPLES[kind](name)] as const,
  );
  return {
    said: Object.fromEntries(fields.map(([name, { said }]) => [name, said])),
    stored: Object.assign({}, ...fields.map(([, { stored }]) => stored)) as Record<string, unknown>,
  };
}

describe.each(REPORTED_TYPES)('an event of type %s, with every field of its row,', (type) => {
  const { said, stored } = exampleOf(type);

  it('is accepted, stored, told and applied, and shown in the timeline', async () => {
    const { id: order } = (await shop.post('/v1/orders', validOrder())).body;
    const event = validEvent({ type, occurredAt: new Date(ORDER_TIME - 1_000).toISOString(), ...said });
    // A promise counts as made after its order.
    const at = 'promisedAt' in said ? ORDER_TIME + 1 : ORDER_TIME - 1_000;
    const answer = await shop.post(`/v1/orders/${order}/events`, event);
    expect([answer.status, answer.body.status]).toEqual([202, 'accepted']);

    const row = await shop.db('inbox').where({ order_id: order, event_id: event.id }).first();
    expect([row.type, row.payload]).toEqual([type, stored]);

    const told = Object.fromEntries(Object.entries(stored).filter(([name]) => name in EVENTS[type].tells));
    const facts = await factsOf(shop.db, 'bottega', order);
    const fact = facts.find(({ id }) => id === event.id);
    expect(fact).toEqual({ id: event.id, at, type, ...told });
    expect(JSON.stringify(fact)).not.toContain(WORDS);
    expect(applyAll(NO_FACTS, fact ? [fact] : []).lastAt).toBe(at);

    const { timeline } = (await shop.get(`/v1/orders/${order}`)).body;
    const words = Object.fromEntries(Object.entries(stored).filter(([, value]) => value === WORDS));
    expect(timeline).toContainEqual(
      expect.objectContaining({ at: new Date(at).toISOString(), what: 'event', type, ...words }),
    );
  });

  it('is accepted without the fields that may be absent, and not with one of no row', async () => {
    const { id: order } = (await shop.post('/v1/orders', validOrder())).body;
    const least = Object.fromEntries(
      Object.entries(said).filter(([name]) => !(EVENTS[type].says as Record<string, WireField>)[name]?.optional),
    );
    // It has to name one thing to correct.
    const more = type === 'order_corrected' ? { customer: said.customer } : {};
    const path = `/v1/orders/${order}/events`;
    expect((await shop.post(path, validEvent({ type, ...least, ...more }))).status).toBe(202);
    expect((await shop.post(path, validEvent({ type, ...least, ...more, extra: 1 }))).status).toBe(422);
  });

  it('keeps no words of an erased person', async () => {
    const { id: order, contact } = (await shop.post('/v1/orders', validOrder())).body;
    const event = validEvent({ type, ...said });
    await shop.post(`/v1/orders/${order}/events`, event);
    const person = { brand: 'bottega', contact };
    await closeOrders(shop.db, person, ORDER_TIME);
    await shop.db.transaction((trx) => removeData(trx, person, Infinity, ORDER_TIME));
    const { payload } = await shop.db('inbox').where({ order_id: order, event_id: event.id }).first();
    expect(Object.keys(payload).filter((name) => TEXT_NAMES.some((words) => words === name))).toEqual([]);
    expect(JSON.stringify(payload)).not.toContain(WORDS);
  });
});

it('no words have the name of a field that the timeline or a stored event has of its own', () => {
  const taken = ['id', 'at', 'what', 'type', 'occurredAt', 'parcel', 'promisedAt', 'promisedOn', 'part', 'pieces'];
  const more = ['amountMinor', 'currency', 'items', 'repeats', 'until', 'step', 'contact'];
  expect(TEXT_NAMES.filter((name) => [...taken, ...more].includes(name))).toEqual([]);
});
