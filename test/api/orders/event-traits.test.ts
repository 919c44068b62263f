/** The traits of the event table, said once more by hand: a trait that is lost from its row stops no test of the row itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validEvent, validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop, serve } from '../shop.ts';

const LIMIT = 3;

let shop: Shop;
let small: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  shop = await openShop();
  small = await serve(shop.db, { orderLimits: { events: LIMIT, parcels: 3 }, clock: { now: () => shop.clock.at } });
});
afterAll(async () => {
  await small.close();
  await shop.close();
});

const PARCEL = { parcel: { id: 'p1' } };
let phones = 0;

async function place(): Promise<{ readonly id: string; readonly contact: string }> {
  phones += 1;
  const { body } = await shop.post('/v1/orders', validOrder({ customer: { phone: `+39349${1_000_000 + phones}` } }));
  return body;
}
const report = (order: string, event: Parameters<typeof validEvent>[0]) =>
  shop.post(`/v1/orders/${order}/events`, validEvent(event));
const versionOf = async (contact: string): Promise<number> =>
  Number((await shop.db('contacts').where({ id: contact }).first('gate_version')).gate_version);

describe('with no message of the order planned', () => {
  it.each(['order_cancelled', 'return_received', 'refund_issued'])(
    '%s moves the version of the gate, because a message may be planned at this moment',
    async (type) => {
      const { id, contact } = await place();
      const before = await versionOf(contact);
      expect((await report(id, { type })).status).toBe(202);
      expect(await versionOf(contact)).toBe(before + 1);
    },
  );

  it.each(['order_updated', 'parcel_shipped'])('%s leaves the version as it is', async (type) => {
    const { id, contact } = await place();
    const before = await versionOf(contact);
    expect((await report(id, { type, ...(type === 'parcel_shipped' && PARCEL) })).status).toBe(202);
    expect(await versionOf(contact)).toBe(before);
  });
});

describe('an order at its limit of events', () => {
  const atLimit = async (event: Parameters<typeof validEvent>[0]): Promise<number> => {
    const { id } = validOrder();
    const post = async (body: object): Promise<number> => {
      const headers = { authorization: `Bearer ${shop.key}`, 'content-type': 'application/json' };
      const url = `${small.url}/v1/orders/${id}/events`;
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status;
    };
    for (let count = 0; count < LIMIT; count += 1) expect(await post(validEvent())).toBe(202);
    return post(validEvent(event));
  };

  it.each([
    { type: 'order_cancelled' },
    { type: 'return_received' },
    { type: 'refund_issued' },
    { type: 'parcel_delivered', ...PARCEL },
    { type: 'order_corrected', customer: { phone: '+393490000001' } },
  ])('still takes $type', async (event) => expect(await atLimit(event)).toBe(202));

  it.each([
    { type: 'order_updated' },
    { type: 'tier_reached' },
    { type: 'parcel_shipped', ...PARCEL },
    { type: 'parcel_delivery_failed', ...PARCEL },
  ])('takes no more of $type', async (event) => expect(await atLimit(event)).toBe(409));
});

describe('an order is given back', () => {
  const givenBackAt = async (order: string): Promise<Date | null> =>
    (await shop.db('orders').where({ brand_id: 'bottega', id: order }).first('given_back_at')).given_back_at;

  it.each(['return_received', 'refund_issued'])('as a whole by %s without amount and items', async (type) => {
    const { id } = await place();
    await report(id, { type });
    expect(await givenBackAt(id)).not.toBeNull();
  });

  it.each([{ type: 'order_cancelled' }, { type: 'parcel_delivered', ...PARCEL }])('never by $type', async (event) => {
    const { id } = await place();
    await report(id, event);
    expect(await givenBackAt(id)).toBeNull();
  });
});
