/** A promise that cannot be one of its order is not believed: it would make the customer read that the order is late. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { factsOf } from '../../../db/orders/inbox.ts';
import { DAY } from '../../../domain/time/duration.ts';
import { NO_FACTS } from '../../../domain/orders/facts.ts';
import { applyAll } from '../../../domain/orders/fold.ts';
import { ORDER_TIME, validEvent, validOrder } from '../../helpers/orders.ts';
import type { ApiReply, Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const iso = (at: number): string => new Date(at).toISOString();
const OWN = ORDER_TIME + 9 * DAY;
const BEFORE_ORDER = [{ pointer: '/promisedAt', detail: 'must not be before the order was placed' }];
const NOTE = { pointer: '/occurredAt', detail: 'is before the order was placed: it was taken as just after it' };

async function placed(overrides: Parameters<typeof validOrder>[0] = {}): Promise<string> {
  const order = validOrder({ promisedAt: iso(OWN), ...overrides });
  expect((await shop.post('/v1/orders', order)).status).toBe(202);
  return order.id;
}

const promise = (order: string, promisedAt: string, occurredAt: string): Promise<ApiReply> =>
  shop.post(`/v1/orders/${order}/events`, validEvent({ type: 'delivery_promised', promisedAt, occurredAt }));

const promisesOf = async (order: string) => {
  const { firstPromise, lastPromise } = applyAll(NO_FACTS, await factsOf(shop.db, 'bottega', order));
  return [firstPromise?.promisedAt, lastPromise?.promisedAt];
};

const delaysOf = async (order: string): Promise<readonly string[]> => {
  const { plan } = (await shop.get(`/v1/orders/${order}`)).body;
  const steps = (plan as { key: string }[]).map(({ key }) => key);
  return steps.filter((step) => step.startsWith('delivery_delayed'));
};

describe('a promise of a time before the order was placed', () => {
  it('is refused in an event, and nothing of it is stored', async () => {
    const order = await placed();
    for (const promisedAt of ['2001-01-02T00:00:00Z', '2001-01-02', iso(ORDER_TIME - DAY - 1)]) {
      const { status, body } = await promise(order, promisedAt, '2001-01-01T00:00:00Z');
      expect([status, body.errors]).toEqual([422, BEFORE_ORDER]);
    }
    expect(await promisesOf(order)).toEqual([OWN, OWN]);
    expect(await delaysOf(order)).toEqual([]);
  });

  it('is refused in the order itself', async () => {
    const order = validOrder({ promisedAt: iso(ORDER_TIME - DAY - 1) });
    const { status, body } = await shop.post('/v1/orders', order);
    expect([status, body.errors]).toEqual([422, BEFORE_ORDER]);
    expect((await shop.get(`/v1/orders/${order.id}`)).status).toBe(404);
  });

  it('is taken up to a day before, as zones are left out', async () => {
    const order = await placed({ promisedAt: iso(ORDER_TIME - DAY) });
    expect((await promise(order, iso(ORDER_TIME - DAY), iso(ORDER_TIME))).status).toBe(202);
  });

  it('is measured by when the order was placed, and not by when it came', async () => {
    const order = await placed({ placedAt: iso(ORDER_TIME - 30 * DAY), promisedAt: iso(ORDER_TIME - 20 * DAY) });
    expect((await promise(order, iso(ORDER_TIME - 29 * DAY), iso(ORDER_TIME - 28 * DAY))).body).not.toHaveProperty(
      'notes',
    );
  });

  it('is not known as such while the order has not come', async () => {
    expect((await promise('not-yet', '2001-01-02T00:00:00Z', '2001-01-01T00:00:00Z')).status).toBe(202);
  });
});

describe('a promise that is said to be older than its order', () => {
  it.each([ORDER_TIME - 1, ORDER_TIME - 3 * DAY, Date.UTC(2001, 0, 1)])(
    'counts as made just after it, so that the order’s own date is no delay: %s',
    async (occurredAt) => {
      const order = await placed();
      const { status, body } = await promise(order, iso(ORDER_TIME + 2 * DAY), iso(occurredAt));
      expect([status, body.notes]).toEqual([202, [NOTE]]);
      expect(await promisesOf(order)).toEqual([OWN, ORDER_TIME + 2 * DAY]);
      expect(await delaysOf(order)).toEqual([]);
    },
  );

  it('and is the same event when it is reported again', async () => {
    const order = await placed();
    const event = validEvent({
      type: 'delivery_promised',
      promisedAt: iso(OWN + DAY),
      occurredAt: iso(ORDER_TIME - 3 * DAY),
    });
    const send = () => shop.post(`/v1/orders/${order}/events`, event);
    expect((await send()).body.status).toBe('accepted');
    expect((await send()).body).toMatchObject({ status: 'duplicate', notes: [NOTE] });
  });

  it('is taken as it is said at the moment of the order or later', async () => {
    const order = await placed();
    expect((await promise(order, iso(OWN + DAY), iso(ORDER_TIME))).body).not.toHaveProperty('notes');
    expect(await promisesOf(order)).toEqual([OWN, OWN + DAY]);
    expect(await delaysOf(order)).not.toEqual([]);
  });
});
