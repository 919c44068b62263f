import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import { consent, ORDER_TIME, validEvent, validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop, validBrand } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

/** With them there is no note about consents. */
const CONSENTS = (['promotional', 'service_feedback'] as const).map((one) => consent({ class: one }));

const rowsOf = (table: string, order: string) => shop.db(table).where({ brand_id: 'bottega', order_id: order });

describe('POST /v1/orders', () => {
  it('an accepted order is in the inbox when it is acknowledged, and the drainer is woken', async () => {
    const order = validOrder();
    const wakes = shop.wakes.count;
    const { status, body } = await shop.post('/v1/orders', order);
    expect(status).toBe(202);
    expect(body).toMatchObject({ id: order.id, contact: expect.stringMatching(/^[0-9a-f-]{36}$/), status: 'accepted' });
    expect(await rowsOf('inbox', order.id)).toMatchObject([{ type: 'order_placed', source: 'dopo', applied_at: null }]);
    expect(shop.wakes.count).toBe(wakes + 1);
  });

  it.each(['http://evil.example', 'evil.de', 'tel:0906123456'])(
    'an order whose name no text can print (%s) is taken, and the sender is told',
    async (name) => {
      const { status, body } = await shop.post('/v1/orders', validOrder({ name, customer: { consents: CONSENTS } }));
      expect([status, body.notes]).toEqual([
        202,
        [{ pointer: '/name', detail: 'cannot stand in a text: a text that names the order is not sent' }],
      ]);
    },
  );

  it('placing the same order again, with its fields in another order, changes nothing', async () => {
    const order = validOrder();
    const first = await shop.post('/v1/orders', order);
    const turned = Object.fromEntries(Object.entries(order).toReversed());
    const again = await shop.post('/v1/orders', turned);
    expect(again.status).toBe(202);
    expect(again.body).toEqual({ ...first.body, status: 'duplicate' });
    expect(await rowsOf('inbox', order.id)).toHaveLength(1);
  });

  it('an order id with other contents is a conflict', async () => {
    const order = validOrder();
    await shop.post('/v1/orders', order);
    const { status, body } = await shop.post('/v1/orders', { ...order, total: '1.00' });
    expect([status, body.type]).toEqual([409, 'urn:dopo:problem:order_differs']);
  });

  it('ids of more than 2^53 keep every digit, as numbers and as strings', async () => {
    const text = JSON.stringify(validOrder({ id: 'ID' })).replace('"ID"', '820982911946154508');
    const { body } = await shop.post('/v1/orders', text);
    expect(body.id).toBe('820982911946154508');
    expect((await shop.get('/v1/orders/820982911946154508')).body.id).toBe('820982911946154508');
    const event = JSON.stringify(validEvent({ id: 'ID' })).replace('"ID"', '9007199254740993');
    const reported = await shop.post('/v1/orders/820982911946154508/events', event);
    expect(reported.body).toEqual({ id: '9007199254740993', order: '820982911946154508', status: 'accepted' });
  });

  it.each(['9007199254740992', '9007199254740994', '10000000000000000'])(
    'an id of more than 2^53 is taken as a number whatever its last digit: %s',
    async (digits) => {
      const order = JSON.stringify(validOrder({ id: 'ID' })).replace('"ID"', digits);
      const { status, body } = await shop.post('/v1/orders', order);
      expect([status, body.id]).toEqual([202, digits]);
      expect((await shop.get(`/v1/orders/${digits}`)).body.id).toBe(digits);
    },
  );

  it('an id and an amount with an exponent are the number that they say', async () => {
    const text = JSON.stringify(validOrder({ id: 'ID', total: 'TOTAL' }));
    const { status, body } = await shop.post('/v1/orders', text.replace('"ID"', '9e3').replace('"TOTAL"', '1.5e2'));
    expect([status, body.id]).toEqual([202, '9000']);
    expect((await shop.get('/v1/orders/9000')).body).toMatchObject({ totalMinor: 15_000 });
  });

  it.each([
    ['EUR', '409.94', 40_994],
    ['EUR', 398, 39_800],
    ['KRW', '24000.00', 24_000],
    ['JPY', 1500, 1500],
    ['KWD', '1.234', 1234],
  ])('%s %s is %i minor units', async (currency, total, minor) => {
    const order = validOrder({ currency, total, items: [{ title: 'One', quantity: 1, price: '1' }] });
    await shop.post('/v1/orders', order);
    expect((await shop.get(`/v1/orders/${order.id}`)).body).toMatchObject({ currency, totalMinor: minor });
  });

  it('a decimal in the source text is not rounded on its way', async () => {
    const text = JSON.stringify(validOrder({ total: 0 })).replace('"total":0', '"total":398.00');
    const { body } = await shop.post('/v1/orders', text);
    expect((await shop.get(`/v1/orders/${body.id}`)).body.totalMinor).toBe(39_800);
  });

  it('a national phone number is read with the shipping country', async () => {
    const customer = { phone: '07400 123456' };
    const { body } = await shop.post('/v1/orders', validOrder({ customer, shippingAddress: { country: 'GB' } }));
    expect((await shop.get(`/v1/contacts/${body.contact}`)).body.addresses).toEqual([
      { channel: 'sms', address: '+447400123456', usable: true, suppressed: false },
    ]);
  });

  it('consents that come with an order are kept with their wording', async () => {
    const { body } = await shop.post('/v1/orders', validOrder({ customer: { consents: [consent()] } }));
    const { consents } = (await shop.get(`/v1/contacts/${body.contact}`)).body;
    expect(consents).toMatchObject([
      { class: 'promotional', action: 'granted', wording: 'Scrivetemi di novità e offerte.' },
    ]);
  });
});

describe('POST /v1/orders/{id}/events', () => {
  const placed = async (): Promise<string> => {
    const order = validOrder();
    await shop.post('/v1/orders', order);
    return order.id;
  };

  it('an event takes two statements: its key is looked up, and it is stored', async () => {
    const id = await placed();
    // Notes the use of the key, once a minute.
    await shop.get('/v1/orders');
    const asked: string[] = [];
    const listen = ({ sql }: { sql: string }) => void asked.push(sql);
    shop.db.on('query', listen);
    for (let index = 0; index < 20; index += 1) await shop.post(`/v1/orders/${id}/events`, validEvent());
    shop.db.off('query', listen);
    const ours = asked.filter((sql) => !sql.includes('rate_limits'));
    expect(ours.filter((sql) => sql.includes('api_keys'))).toHaveLength(20);
    expect(ours.filter((sql) => sql.includes('store_event'))).toHaveLength(20);
    expect(ours).toHaveLength(40);
  });

  it('the same event twice is stored once', async () => {
    const id = await placed();
    const event = validEvent({ type: 'order_cancelled' });
    expect((await shop.post(`/v1/orders/${id}/events`, event)).body.status).toBe('accepted');
    const again = await shop.post(`/v1/orders/${id}/events`, event);
    expect([again.status, again.body.status]).toEqual([202, 'duplicate']);
    expect(await rowsOf('inbox', id).where({ source: 'api' })).toHaveLength(1);
  });

  it('a moment up to a day ahead counts as five minutes after its arrival, and the sender is told', async () => {
    const id = await placed();
    const ahead = (ms: number) => new Date(shop.clock.at + ms).toISOString();
    const [early, late] = [
      validEvent({ occurredAt: ahead(5 * 60_000) }),
      validEvent({ occurredAt: ahead(20 * 3_600_000) }),
    ];
    expect((await shop.post(`/v1/orders/${id}/events`, early)).body).not.toHaveProperty('notes');
    const { status, body } = await shop.post(`/v1/orders/${id}/events`, late);
    const note = { pointer: expect.any(String), detail: expect.stringContaining('in the future') };
    expect([status, body]).toEqual([
      202,
      { id: late.id, order: id, status: 'accepted', notes: [{ ...note, pointer: '/occurredAt' }] },
    ]);
    const facts = await rowsOf('inbox', id).whereIn('event_id', [early.id, late.id]).pluck('occurred_at');
    expect(facts).toEqual([new Date(shop.clock.at + 5 * 60_000), new Date(shop.clock.at + 5 * 60_000)]);
    // Sent again it is the same event, whatever is made of its moment.
    expect((await shop.post(`/v1/orders/${id}/events`, late)).body).toMatchObject({ status: 'duplicate' });

    const order = validOrder({ placedAt: ahead(20 * 3_600_000), customer: { consents: CONSENTS } });
    expect((await shop.post('/v1/orders', order)).body).toMatchObject({ notes: [{ ...note, pointer: '/placedAt' }] });
    expect((await shop.get(`/v1/orders/${order.id}`)).body.placedAt).toBe(ahead(5 * 60_000));
  });

  it('the same event id with another body is a conflict, and the first one stays', async () => {
    const id = await placed();
    const event = validEvent({ type: 'order_cancelled' });
    await shop.post(`/v1/orders/${id}/events`, event);
    const { status, body } = await shop.post(`/v1/orders/${id}/events`, { ...event, type: 'order_updated' });
    expect([status, body.type]).toEqual([409, 'urn:dopo:problem:event_differs']);
    expect(await rowsOf('inbox', id).where({ source: 'api' })).toMatchObject([{ type: 'order_cancelled' }]);
  });

  it('an event before its order is kept, and the order is shown as heard of', async () => {
    const { status } = await shop.post('/v1/orders/never-came/events', validEvent());
    expect(status).toBe(202);
    expect((await shop.get('/v1/orders/never-came')).body).toMatchObject({ contact: null, phase: 'unknown', plan: [] });
  });

  it('an order that comes after its events is placed as usual', async () => {
    const order = validOrder();
    await shop.post(`/v1/orders/${order.id}/events`, validEvent({ type: 'parcel_shipped', parcel: { id: 'p1' } }));
    expect((await shop.post('/v1/orders', order)).body.status).toBe('accepted');
    expect((await shop.get(`/v1/orders/${order.id}`)).body.phase).toBe('delivery');
  });

  it('parcels are numbered as they become known, and later events fill gaps without changing what is known', async () => {
    const id = await placed();
    const say = (type: string, parcel: object) => shop.post(`/v1/orders/${id}/events`, validEvent({ type, parcel }));
    await say('parcel_shipped', { id: 'b', carrier: 'Poste' });
    await say('parcel_shipped', { id: 'a', carrier: 'GLS' });
    await say('parcel_ready_for_pickup', { id: 'b', carrier: 'UPS', pickupPlace: 'Via Roma 1' });
    expect(await rowsOf('parcels', id).orderBy('number')).toMatchObject([
      { id: 'b', number: 1, carrier: 'Poste', pickup_place: 'Via Roma 1' },
      { id: 'a', number: 2, carrier: 'GLS', pickup_place: null },
    ]);
  });

  it('twenty parcels reported at once get twenty numbers', async () => {
    const id = await placed();
    const events = Array.from({ length: 20 }, (_, index) =>
      validEvent({ type: 'parcel_shipped', parcel: { id: `p${index}` } }),
    );
    const replies = await Promise.all(events.map((event) => shop.post(`/v1/orders/${id}/events`, event)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
    const numbers = await rowsOf('parcels', id).orderBy('number').pluck('number');
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('a refund is kept in minor units of the currency of its order', async () => {
    const id = await placed();
    await shop.post(`/v1/orders/${id}/events`, validEvent({ type: 'refund_issued', amount: '12.5' }));
    expect((await shop.get(`/v1/orders/${id}`)).body.timeline).toContainEqual(
      expect.objectContaining({ what: 'event', type: 'refund_issued', amountMinor: 1250 }),
    );
  });

  it('a refund before its order has to name its currency', async () => {
    const event = validEvent({ type: 'refund_issued', amount: '12.5' });
    const refused = await shop.post('/v1/orders/refund-first/events', event);
    expect([refused.status, refused.body.errors]).toEqual([
      422,
      [{ pointer: '/currency', detail: 'is missing: it is needed until the order itself has come' }],
    ]);
    expect((await shop.post('/v1/orders/refund-first/events', { ...event, currency: 'EUR' })).status).toBe(202);
  });

  it.each(['0', '0.00', 0])('a refund of nothing (%j) is refused, before its order too', async (amount) => {
    const event = validEvent({ type: 'refund_issued', amount, currency: 'EUR' });
    for (const id of [await placed(), `nothing-of-${JSON.stringify(amount)}`.replaceAll('"', '')]) {
      const { status, body } = await shop.post(`/v1/orders/${id}/events`, event);
      expect([status, body.errors]).toEqual([422, [{ pointer: '/amount', detail: 'must be more than nothing' }]]);
      expect(await rowsOf('inbox', id).where({ type: 'refund_issued' })).toEqual([]);
    }
  });

  it('a refund in another currency than the order’s is refused without an amount too', async () => {
    const id = await placed();
    const say = (currency: string) =>
      shop.post(`/v1/orders/${id}/events`, validEvent({ type: 'refund_issued', currency }));
    const { status, body } = await say('USD');
    expect([status, body.errors]).toEqual([
      422,
      [{ pointer: '/currency', detail: 'must be the currency of the order' }],
    ]);
    expect((await say('EUR')).status).toBe(202);
    expect(await rowsOf('inbox', id).where({ type: 'refund_issued' })).toMatchObject([{ payload: {} }]);
  });

  it('a refund of more than the total is kept, and the sender is told that no text names its amount', async () => {
    const id = await placed();
    const say = (amount: string) => shop.post(`/v1/orders/${id}/events`, validEvent({ type: 'refund_issued', amount }));
    expect((await say('999.00')).body.notes).toEqual([
      { pointer: '/amount', detail: 'is left out of texts: it is more than the total of the order' },
    ]);
    expect(await rowsOf('inbox', id).where({ type: 'refund_issued' })).toMatchObject([
      { payload: { amountMinor: 99_900 } },
    ]);
    const whole = await placed();
    const { body } = await shop.post(
      `/v1/orders/${whole}/events`,
      validEvent({ type: 'refund_issued', amount: '54.80' }),
    );
    expect(body).not.toHaveProperty('notes');
  });

  it('a refund and a return are kept with the pieces that they name, and an item the order does not have is pointed out', async () => {
    const order = validOrder({
      items: [
        { sku: 'MOKA-3', productId: '820982911946154508', title: 'Moka', quantity: 2, price: '39.90' },
        { sku: 'CUP', title: 'Tazza', quantity: 3, price: '3.70' },
      ],
    });
    await shop.post('/v1/orders', order);
    const items = [
      { productId: '820982911946154508', quantity: 1 },
      { sku: 'HAT', quantity: 1 },
    ];
    const event = validEvent({ type: 'return_received', items });
    expect((await shop.post(`/v1/orders/${order.id}/events`, event)).body).toMatchObject({
      status: 'accepted',
      notes: [{ pointer: '/items/1', detail: 'counts for nothing: no line of the order' }],
    });
    await shop.post(
      `/v1/orders/${order.id}/events`,
      validEvent({ type: 'refund_issued', amount: '3.70', items: [{ sku: 'CUP', quantity: 1 }] }),
    );
    const facts = await rowsOf('inbox', order.id).where({ source: 'api' }).orderBy('id');
    expect(facts.map(({ payload }) => payload)).toEqual([
      { items, part: { pieces: 1, ofMain: 1 } },
      { amountMinor: 370, items: [{ sku: 'CUP', quantity: 1 }], part: { pieces: 1, ofMain: 0 } },
    ]);
    expect((await shop.get(`/v1/orders/${order.id}`)).body.timeline).toEqual([
      expect.objectContaining({ type: 'order_placed' }),
      expect.objectContaining({ type: 'return_received', pieces: 1 }),
      expect.objectContaining({ type: 'refund_issued', pieces: 1, amountMinor: 370 }),
    ]);
  });

  it('items that come before their order are counted when the order comes', async () => {
    const order = validOrder({ items: [{ sku: 'CUP', title: 'Tazza', quantity: 3, price: '3.70' }] });
    const items = [{ sku: 'CUP', quantity: 9 }];
    await shop.post(`/v1/orders/${order.id}/events`, validEvent({ type: 'return_received', items }));
    await shop.post('/v1/orders', order);
    expect(await rowsOf('inbox', order.id).where({ type: 'return_received' })).toMatchObject([
      { payload: { part: { pieces: 3, ofMain: 3 } }, applied_at: null },
    ]);
    expect((await shop.get(`/v1/orders/${order.id}`)).body.phase).toBe('ended');
  });

  it('an early refund in another currency than its order is a part of it', async () => {
    const order = validOrder();
    const early = (currency: string) => validEvent({ type: 'refund_issued', amount: '1.00', currency });
    for (const currency of ['EUR', 'USD']) await shop.post(`/v1/orders/${order.id}/events`, early(currency));
    await shop.post('/v1/orders', order);
    const refunds = await rowsOf('inbox', order.id).where({ type: 'refund_issued' }).orderBy('id');
    expect(refunds.map(({ payload }) => payload)).toEqual([{ amountMinor: 100 }, { part: { pieces: 0, ofMain: 0 } }]);
  });

  it.each([
    ['no item at all', [], '/items'],
    ['an item without a name', [{ quantity: 1 }], '/items/0'],
    ['no piece of an item', [{ sku: 'CUP', quantity: 0 }], '/items/0/quantity'],
  ])('a return of %s is refused', async (_, items, pointer) => {
    const id = await placed();
    const { status, body } = await shop.post(`/v1/orders/${id}/events`, validEvent({ type: 'return_received', items }));
    expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
  });

  it('a promise that is a date is the end of that day where the order is delivered', async () => {
    const seoul = validOrder({ promisedAt: '2026-03-05', shippingAddress: { country: 'KR' } });
    await shop.post('/v1/orders', seoul);
    expect(await shop.db('orders').where({ id: seoul.id }).first()).toMatchObject({
      details: { promisedAt: Date.parse('2026-03-05T23:59:59.999+09:00') },
    });
    const event = validEvent({ type: 'delivery_promised', promisedAt: '2026-03-29' });
    await shop.post(`/v1/orders/${seoul.id}/events`, event);
    const milan = await placed();
    await shop.post(`/v1/orders/${milan}/events`, event);
    const moments = async (order: string) =>
      (await rowsOf('inbox', order).where({ type: 'delivery_promised' })).map(({ payload }) => payload);
    expect(await moments(seoul.id)).toEqual([{ promisedAt: Date.parse('2026-03-29T23:59:59.999+09:00') }]);
    // The clock of Milano is put forward on that day.
    expect(await moments(milan)).toEqual([{ promisedAt: Date.parse('2026-03-29T23:59:59.999+02:00') }]);
  });

  it('a promised date that comes before its order ends where the order is delivered, once that is known', async () => {
    const order = validOrder({ shippingAddress: { country: 'KR' } });
    await shop.post(
      `/v1/orders/${order.id}/events`,
      validEvent({ type: 'delivery_promised', promisedAt: '2026-03-05' }),
    );
    await shop.post('/v1/orders', order);
    expect(await rowsOf('inbox', order.id).where({ type: 'delivery_promised' })).toMatchObject([
      { payload: { promisedAt: Date.parse('2026-03-05T23:59:59.999+09:00') } },
    ]);
  });

  it.each(['2026-02-30', '2026-3-5', '05.03.2026', '2026-03-05T18:00', '2126-03-05'])(
    'the promise %s is refused',
    async (promisedAt) => {
      const id = await placed();
      const { status, body } = await shop.post(
        `/v1/orders/${id}/events`,
        validEvent({ type: 'delivery_promised', promisedAt }),
      );
      expect([status, body.errors[0].pointer]).toEqual([422, '/promisedAt']);
    },
  );

  it('three packs last three times as long as one, and more than a year of a supply is not reminded of', async () => {
    const supply = (quantity: number) =>
      validOrder({ items: [{ sku: 'COFFEE', title: 'Coffee', quantity, price: '9.50' }] });
    await saveBrand(
      shop.db,
      validBrand({ products: [{ match: ['COFFEE'], cycle: 'fast', runsOutAfterDays: 30 }] }),
      ORDER_TIME,
    );
    const orders = [supply(1), supply(3), supply(13)];
    for (const order of orders) await shop.post('/v1/orders', order);
    await saveBrand(shop.db, validBrand(), ORDER_TIME);
    const days = await shop
      .db('orders')
      .whereIn(
        'id',
        orders.map(({ id }) => id),
      )
      .pluck<{ runsOutAfterDays?: number }[]>('details');
    expect(new Set(days.map(({ runsOutAfterDays }) => runsOutAfterDays))).toEqual(new Set([30, 90, undefined]));
  });

  it('a corrected number is read with the country the order goes to, and moves the order once', async () => {
    const id = await placed();
    const { contact } = (await shop.get(`/v1/orders/${id}`)).body;
    const event = validEvent({ type: 'order_corrected', customer: { phone: '333 999 0001', firstName: 'Ada' } });
    expect((await shop.post(`/v1/orders/${id}/events`, event)).body.status).toBe('accepted');
    const moved = (await shop.get(`/v1/orders/${id}`)).body;
    expect(moved.contact).not.toBe(contact);
    expect((await shop.get(`/v1/contacts/${moved.contact}`)).body.addresses).toMatchObject([
      { address: '+393339990001' },
    ]);
    expect(moved.timeline).toContainEqual(expect.objectContaining({ what: 'event', type: 'order_corrected' }));
    expect((await shop.post(`/v1/orders/${id}/events`, event)).body.status).toBe('duplicate');
    const { entries } = (await shop.get(`/v1/audit?action=correct_order`)).body;
    expect(entries).toMatchObject([{ actor: 'test', subject: { kind: 'order', id } }]);
    expect(JSON.stringify(entries)).not.toMatch(/9990001|Ada/);
  });

  it('a reached tier is known of the customer', async () => {
    const id = await placed();
    await shop.post(`/v1/orders/${id}/events`, validEvent({ type: 'tier_reached', tier: 'Oro' }));
    const [row] = await shop
      .db('orders')
      .join('contacts', 'contacts.id', 'orders.contact_id')
      .where({ 'orders.id': id });
    expect(row.loyalty).toMatchObject({ tier: 'Oro' });
  });
});

describe('GET /v1/orders', () => {
  it('pages show every order once, also those of one moment', async () => {
    const contact = (await shop.post('/v1/orders', validOrder({ customer: { id: 'many', phone: '+39 347 000 0001' } })))
      .body.contact;
    for (let index = 0; index < 4; index += 1)
      await shop.post('/v1/orders', validOrder({ customer: { id: 'many', phone: '+39 347 000 0001' } }));
    const seen: string[] = [];
    let path = `/v1/orders?contact=${contact}&limit=2`;
    for (;;) {
      const { body } = await shop.get(path);
      seen.push(...body.orders.map(({ id }: { id: string }) => id));
      if (body.next === undefined) break;
      path = `/v1/orders?contact=${contact}&limit=2&after=${body.next}`;
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
  });

  it("another brand's orders are on no page, whatever the cursor", async () => {
    const order = validOrder();
    await shop.post('/v1/orders', order);
    const asked = async (after: string) => {
      const { status, body } = await shop.get(`/v1/orders?after=${after}`, shop.strangersKey);
      return { status, errors: body.errors, orders: body.orders };
    };
    expect(await asked(order.id)).toEqual(await asked('never-placed'));
    expect((await asked(order.id)).status).toBe(422);
  });
});

it('times are those of the clock that was given, not of the machine', async () => {
  const order = validOrder();
  await shop.post('/v1/orders', order);
  const [row] = await rowsOf('inbox', order.id);
  expect(row.received_at.getTime()).toBe(ORDER_TIME);
});
