import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FieldError } from '../../../api/http/problem.ts';
import { consent, ORDER_TIME, validEvent, validOrder } from '../../helpers/orders.ts';
import type { ApiReply, Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const order = (overrides: Parameters<typeof validOrder>[0]) => shop.post('/v1/orders', validOrder(overrides));
const event = (overrides: object) =>
  shop.post('/v1/orders/some-order/events', validEvent(overrides as Record<string, unknown>));
const pointersOf = ({ body }: ApiReply): string[] => body.errors.map(({ pointer }: { pointer: string }) => pointer);

describe('a body that cannot be read', () => {
  it.each([
    ['of 1 MB', 'x'.repeat(1_000_000), 413, 'body_too_large'],
    ['that is no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400, 'not_utf8'],
    ['nested 10,000 deep', '['.repeat(10_000) + ']'.repeat(10_000), 400, 'too_deep'],
    ['that ends too early', '{"id": 1', 400, 'not_json'],
    ['that is a list', '[]', 422, 'invalid'],
    ['that is null', 'null', 422, 'invalid'],
    ['that is empty', '', 422, 'invalid'],
  ])('%s', async (_, body, status, code) => {
    const reply = await shop.post('/v1/orders', body);
    expect([reply.status, reply.body.type]).toEqual([status, `urn:dopo:problem:${code}`]);
    expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it.each([
    ['{\n  "name": "Giulia"\n  "id": 1\n}', ' at line 3, column 3'],
    ['{"name": Giulia}', ''],
    ['{"name": "Giulia"', ' at line 1, column 18'],
    ['{"name": ', ': it ends too early'],
  ])(
    '%j is answered with where the mistake is, as far as known, and without the text around it',
    async (text, where) => {
      const { body } = await shop.post('/v1/orders', text);
      expect(body.detail).toBe(`The body cannot be read as JSON${where}.`);
    },
  );

  it.each([
    ['{"id": 1, "id": 2}', '"id"'],
    ['{"id": 1, "customer": {"phone": "+393331110001", "firstName": "A", "phone": "+393331110002"}}', '"phone"'],
    [String.raw`{"id": 1, "customer": {"phone": "a", "\u0070hone": "b"}}`, '"phone"'],
    ['{"items": [{"sku": 1}, {"sku": 1, "price": {}, "sku": [","]}]}', '"sku"'],
    ['{"items": [], "phone": "a", "phone": "b"}', '"phone"'],
    ['{"+393331110001": 1, "+393331110001": 2}', 'A field'],
  ])('%s is refused: no field stands twice, so it is never guessed which one counts', async (text, which) => {
    const { status, body } = await shop.post('/v1/orders', text);
    expect([status, body.type]).toEqual([400, 'urn:dopo:problem:repeated_field']);
    expect(body.detail).toBe(`${which} stands twice in one object, and only one of the two could count. Send it once.`);
  });

  it('the same name in several objects, and as a value, is no field that stands twice', async () => {
    const one = { title: 'title', quantity: 1, price: '1.00', sku: 'title,"title":' };
    expect((await order({ items: [one, one], name: 'name' })).status).toBe(202);
  });

  it('brackets inside strings are no nesting', async () => {
    const { status } = await order({ name: '['.repeat(40) });
    expect(status).toBe(202);
  });

  it.each([
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'application/json; charset=latin1' }],
    [{ 'content-encoding': 'gzip' }],
  ])('%j is not read', async (headers) => {
    const reply = await shop.post('/v1/orders', validOrder(), headers);
    expect([reply.status, reply.body.type]).toEqual([415, 'urn:dopo:problem:unsupported_media']);
  });
});

describe('an order with a mistake is refused with a pointer to it', () => {
  it.each<[string, Parameters<typeof validOrder>[0], string]>([
    ['unknown field', { colour: 'green' }, '/colour'],
    ['unknown field of the customer', { customer: { email: 'x' } }, '/customer/email'],
    ['wrong type', { name: 7 }, '/name'],
    ['id that is an object', { id: {} as unknown as string }, '/id'],
    ['id of 65 characters', { id: 'x'.repeat(65) }, '/id'],
    ['negative id', { id: -1 as unknown as string }, '/id'],
    ['negative id below -2^53', { id: -9_007_199_254_740_992 as unknown as string }, '/id'],
    ['id that is an e-mail address', { id: 'giulia@example.com' }, '/id'],
    ['id that is a phone number', { id: '+393331234567' }, '/id'],
    ['id that no path leads to', { id: '.' }, '/id'],
    ['id that leads to another path', { id: '..' }, '/id'],
    ['id with a space', { id: 'Giulia 1' }, '/id'],
    ['impossible date', { placedAt: '2026-02-30T10:00:00Z' }, '/placedAt'],
    ['date without a zone', { placedAt: '2026-02-28T10:00:00' }, '/placedAt'],
    ['date more than a day ahead', { placedAt: new Date(ORDER_TIME + 25 * 3_600_000).toISOString() }, '/placedAt'],
    ['promise in the year 9999', { promisedAt: '9999-01-01T00:00:00Z' }, '/promisedAt'],
    ['unknown currency', { currency: 'EURO' }, '/currency'],
    ['too many decimals', { total: '1.005' }, '/total'],
    [
      'decimals of a currency without any',
      { currency: 'KRW', total: '10.5', items: [{ title: 'A', quantity: 1, price: 1 }] },
      '/total',
    ],
    ['negative amount', { total: '-1' }, '/total'],
    ['amount with an exponent', { total: '1e3' }, '/total'],
    ['items that are no list', { items: 'none' }, '/items'],
    ['price that is no amount', { items: [{ title: 'A', quantity: 1, price: 'free' }] }, '/items/0/price'],
    ['quantity zero', { items: [{ title: 'A', quantity: 0, price: 1 }] }, '/items/0/quantity'],
    ['phone that is none', { customer: { phone: 'call me' } }, '/customer/phone'],
    ['phone of a film', { customer: { phone: '+44 7700 900123' } }, '/customer/phone'],
    ['landline', { customer: { phone: '+39 02 1234 5678' } }, '/customer/phone'],
    ['time zone of nowhere', { customer: { timeZone: 'Mars/Olympus' } }, '/customer/timeZone'],
    ['country that is none', { shippingAddress: { country: 'UK' } }, '/shippingAddress/country'],
    ['country in small letters', { shippingAddress: { country: 'it' } }, '/shippingAddress/country'],
    ['link that is none', { statusUrl: 'sole.example/o/1' }, '/statusUrl'],
    ['link that is a script', { statusUrl: 'javascript:alert(1)' }, '/statusUrl'],
    ['consent without wording', { customer: { consents: [consent({ wording: '' })] } }, '/customer/consents/0/wording'],
    [
      'consent from the future',
      { customer: { consents: [consent({ at: '2031-01-01T00:00:00Z' })] } },
      '/customer/consents/0/at',
    ],
    ['NUL in a name', { customer: { firstName: 'a\0b' } }, '/customer/firstName'],
    ['half a character in a name', { customer: { firstName: 'a\ud83d' } }, '/customer/firstName'],
  ])('%s', async (_, overrides, pointer) => {
    const reply = await order(overrides);
    expect([reply.status, reply.body.type]).toEqual([422, 'urn:dopo:problem:invalid']);
    expect(pointersOf(reply)).toContain(pointer);
  });

  it.each([
    ['id', '1e21'],
    ['id', '1e400'],
    ['id', '-9007199254740993'],
    ['total', '1e400'],
    ['total', '9007199254740992'],
    ['total', '9007199254740993'],
  ])('a number as %s that has no digits to keep, or too many: %s', async (field, number) => {
    const reply = await shop.post('/v1/orders', JSON.stringify(validOrder({ [field]: 'X' })).replace('"X"', number));
    expect([reply.status, [...new Set(pointersOf(reply))]]).toEqual([422, [`/${field}`]]);
  });

  it('several mistakes are told at once', async () => {
    const reply = await order({ name: '', currency: 'X', customer: { phone: '1' }, colour: 1 });
    expect(pointersOf(reply).toSorted()).toEqual(['/colour', '/currency', '/customer/phone', '/name']);
  });

  it('a number that only its country could read is no mistake beside an address that cannot be read', async () => {
    const reply = await order({ customer: { phone: '07400 123456' }, shippingAddress: { country: 'gb' } });
    expect(pointersOf(reply)).toEqual(['/shippingAddress/country']);
  });

  it('a missing value is called missing, with the values that could be there', async () => {
    const { body } = await shop.post('/v1/orders', { id: '1', name: '#1', customer: {}, items: [{ quantity: 1 }] });
    const details = body.errors.map(({ pointer, detail }: FieldError) => `${pointer} ${detail}`);
    expect(details.filter((line: string) => /undefined|Invalid/.test(line))).toEqual([]);
    expect(details).toContain('/items/0/title is missing');
    expect(details).toContain('/total is missing: must be a decimal such as "409.94"');
    const event = await shop.post('/v1/orders/some-order/events', { id: 'e', type: 'parcel_shipped' });
    expect(event.body.errors).toContainEqual({ pointer: '/parcel', detail: 'is missing' });
  });

  it.each([
    [
      '07400 123456',
      'cannot be texted: not_assigned; read as a number of IT: write it with + and country code, or give ',
    ],
    [
      '02 1234 5678',
      'cannot be texted: fixed_line; read as a number of IT: write it with + and country code, or give ',
    ],
    ['+39 02 1234 5678', 'cannot be texted: fixed_line'],
    ['0039 02 1234 5678', 'cannot be texted: fixed_line'],
    ['call me', 'cannot be texted: not_a_number'],
  ])('the number %j: %s', async (phone, detail) => {
    const wheres = [
      { reply: await order({ customer: { phone } }), place: 'shippingAddress.country' },
      { reply: await event({ type: 'order_corrected', customer: { phone } }), place: 'shippingAddress.country' },
      { reply: await shop.post('/v1/opt-outs', { address: phone, source: 'letter' }), place: 'country' },
    ];
    for (const { reply, place } of wheres) {
      expect(reply.status).toBe(422);
      expect(reply.body.errors[0].detail).toBe(detail.endsWith('give ') ? detail + place : detail);
    }
  });

  it('__proto__ is an unknown field like any other', async () => {
    const text = JSON.stringify(validOrder()).replace('{', '{"__proto__":{"admin":true},');
    const reply = await shop.post('/v1/orders', text);
    expect([reply.status, pointersOf(reply)]).toEqual([422, ['/__proto__']]);
  });

  it('values of the request are repeated neither in the answer nor in the log', async () => {
    const secret = 'Canarino Giallo';
    const reply = await order({
      name: 7,
      total: secret,
      customer: { phone: secret, locale: secret, firstName: `${secret}\0` },
    });
    expect(reply.status).toBe(422);
    expect(JSON.stringify(reply.body)).not.toContain('Canarino');
    expect(shop.logged.join('')).not.toContain('Canarino');
  });

  it('nothing of a refused order is stored', async () => {
    const refused = validOrder({ items: [{ title: 'A', quantity: 1, price: '0.005' }] });
    await shop.post('/v1/orders', refused);
    expect((await shop.get(`/v1/orders/${refused.id}`)).status).toBe(404);
  });
});

describe('an event with a mistake is refused with a pointer to it', () => {
  it.each([
    ['unknown type', { type: 'order_exploded' }, '/type'],
    ['a type only we may report', { type: 'order_placed' }, '/type'],
    ['parcel missing', { type: 'parcel_shipped' }, '/parcel'],
    ['field of another type', { type: 'order_updated', parcel: { id: 'p' } }, '/parcel'],
    ['id of 129 characters', { id: 'x'.repeat(129) }, '/id'],
    ['id that is an e-mail address', { id: 'giulia@example.com' }, '/id'],
    [
      'parcel id that is an e-mail address',
      { type: 'parcel_shipped', parcel: { id: 'giulia@example.com' } },
      '/parcel/id',
    ],
    ['parcel id that is a phone number', { type: 'parcel_shipped', parcel: { id: '+393331234567' } }, '/parcel/id'],
    ['a moment two days ahead', { occurredAt: new Date(ORDER_TIME + 48 * 3_600_000).toISOString() }, '/occurredAt'],
    ['a correction of nothing', { type: 'order_corrected' }, ''],
    ['a correction of an empty name and address', { type: 'order_corrected', customer: {}, shippingAddress: {} }, ''],
    [
      'a corrected number that cannot be texted',
      { type: 'order_corrected', customer: { phone: '02 5550' } },
      '/customer/phone',
    ],
    ['a corrected customer id', { type: 'order_corrected', customer: { id: '7' } }, '/customer/id'],
    ['parcel count of zero', { type: 'parcel_shipped', parcel: { id: 'p' }, parcelCount: 0 }, '/parcelCount'],
  ])('%s', async (_, overrides, pointer) => {
    const reply = await event(overrides);
    expect([reply.status, reply.body.type]).toEqual([422, 'urn:dopo:problem:invalid']);
    expect(pointersOf(reply)).toContain(pointer);
  });

  it('ids that could stand for a person are refused with the reason, in a path they are not found', async () => {
    const reply = await event({ id: 'giulia@example.com' });
    expect(reply.body.errors[0].detail).toBe(
      'must have letters, digits and . _ : # / - only: ids stand in Temporal, where nothing is encrypted',
    );
    expect((await shop.post('/v1/orders/giulia@example.com/events', validEvent())).status).toBe(404);
  });

  it('ids of shops as they are stay accepted, and those that stay in the database may be anything', async () => {
    const customer = { id: 'giulia@example.com' };
    const items = [{ productId: 'mòka 3', sku: 'MÒKA 3+1', title: 'Moka', quantity: 1, price: '39.90' }];
    for (const id of ['gid://shopify/Order/450789469', '#1001', 'wc_order.5-B'])
      expect((await order({ id, customer, items })).status).toBe(202);
  });

  it('a refused event leaves no order behind', async () => {
    await shop.post('/v1/orders/no-trace/events', validEvent({ type: 'order_exploded' }));
    expect((await shop.get('/v1/orders/no-trace')).status).toBe(404);
  });
});

describe('paths and queries that fit nothing', () => {
  it.each([
    '/v1/orders/%00',
    '/v1/orders/%E0%A4%A',
    `/v1/orders/${'x'.repeat(65)}`,
    '/v1/contacts/not-a-uuid',
    '/v1/contacts/00000000-0000-4000-8000-000000000000',
    '/v1/nothing',
  ])('GET %s is not found', async (path) => {
    const reply = await shop.get(path);
    expect([reply.status, reply.body.type]).toEqual([404, 'urn:dopo:problem:not_found']);
  });

  it.each([
    ['limit=0', '?limit'],
    ['limit=101', '?limit'],
    ['limit=many', '?limit'],
    ['contact=me', '?contact'],
    ['colour=green', '?colour'],
    ['limit=1&limit=2', '?limit'],
    ['after=%00', '?after'],
  ])('GET /v1/orders?%s is refused', async (query, pointer) => {
    const reply = await shop.get(`/v1/orders?${query}`);
    expect([reply.status, pointersOf(reply)]).toEqual([422, [pointer]]);
  });

  it.each([
    '/v1/orders/ORDER?after=999999999999999-0-0-1',
    '/v1/orders/ORDER?after=0-0-999999999999999-1',
    '/v1/outboxes/dead?after=999999999999999_1',
  ])('GET %s is refused: its moment is later than any that the database can hold', async (path) => {
    const order = validOrder();
    await shop.post('/v1/orders', order);
    const reply = await shop.get(path.replace('ORDER', order.id));
    expect([reply.status, pointersOf(reply)]).toEqual([422, ['?after']]);
  });

  it('a method that a path does not have is answered with those it has', async () => {
    const response = await fetch(`${shop.url}/v1/orders`, { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, HEAD, GET']);
    expect(await response.json()).toMatchObject({ type: 'urn:dopo:problem:method_not_allowed' });
  });
});

it('every problem names the request, in its body and in its header', async () => {
  const reply = await shop.get('/v1/orders/unknown');
  expect(reply.body.instance).toBe(reply.headers.get('x-request-id'));
  expect(shop.logged.some((line) => line.includes(reply.body.instance))).toBe(true);
});

describe('a cursor that no page gave out', () => {
  it('is told apart from the last page of a list', async () => {
    const order = validOrder();
    await shop.post('/v1/orders', order);
    let last: string | undefined = order.id;
    for (let next: string | undefined = order.id; next !== undefined;) {
      const { status, body } = await shop.get(`/v1/orders?after=${next}&limit=100`);
      expect(status).toBe(200);
      last = body.orders.at(-1)?.id ?? last;
      next = body.next;
    }
    expect((await shop.get(`/v1/orders?after=${last}`)).body).toEqual({ orders: [] });
  });
});

it('every mistake goes on from its pointer, as a sentence about the field', async () => {
  const bodies = [
    {},
    {
      id: '',
      name: 7,
      placedAt: 'x',
      currency: 'lira',
      total: -1,
      fulfilment: 'x',
      items: 'x',
      customer: [],
      test: 'x',
    },
    validOrder({
      statusUrl: 'x',
      promisedAt: 'x',
      parcelCount: 101,
      colour: 'x',
      customer: { locale: '?', phone: '' },
    }),
    { id: 'e', type: 'x', occurredAt: 1, parcel: { id: 'p'.repeat(65), trackingUrl: 'x' } },
    { type: 'parcel_shipped', occurredAt: '2026-03-02T22:41:00+01:00', id: '#', parcel: { id: 1.5 } },
    { lines: [] },
    {
      lines: [{ address: 'x'.repeat(41), source: '', at: 5, class: 1, wording: '' }],
      actor: 1,
      reason: 'a@b.example',
      step: '?',
    },
  ];
  const details = new Set<string>();
  for (const { method, path } of shop.routes)
    for (const body of method === 'post' && path.startsWith('/v1/') ? bodies : []) {
      const at = path.replace(':id', path.startsWith('/v1/orders') ? 'o1' : '00000000-0000-4000-8000-000000000000');
      const reply = await shop.post(at, body);
      for (const { detail } of reply.body.errors ?? []) details.add(detail);
    }
  for (const query of ['limit=0', 'limit=x', 'limit=1000', 'after=%00', 'contact=x', 'x=1']) {
    const reply = await shop.get(`/v1/orders?${query}`);
    for (const { detail } of reply.body.errors) details.add(detail);
  }
  expect(details.size).toBeGreaterThan(25);
  expect(
    [...details].filter(
      (detail) => !/^(must (be|have|not|name) |is missing|is not a known field|cannot be )/.test(detail),
    ),
  ).toEqual([]);
});

describe("a shop's own order", () => {
  const money = { currency: 'EUR', line_items: [{ id: 1, name: 'Moka', quantity: 1 }] };
  it.each([
    ['Shopify', { id: '820982911946154508', total_price: '54.80', financial_status: 'paid', ...money }],
    [
      'WooCommerce',
      { id: 727, order_key: 'wc_order_58d', billing: { first_name: 'Giulia' }, total: '54.80', ...money },
    ],
    ['Shopify', { order: { id: 1, total_price: '54.80', financial_status: 'paid', ...money } }],
  ])(
    'is called by its name, with a page of this server that says which field goes where: %s',
    async (system, order) => {
      const { status, body } = await shop.post('/v1/orders', order);
      expect([status, body.errors]).toEqual([
        422,
        [
          {
            pointer: '',
            detail: expect.stringMatching(new RegExp(`^this looks like a ${system} order: see /docs/shops#`)),
          },
        ],
      ]);
      const [, path = '', part] = /see (\/[^#\s]*)#(\w+)/.exec(body.errors[0].detail) ?? [];
      const page = await fetch(shop.url + path);
      const [, section = ''] = (await page.text()).split(`id="${part}"`);
      expect([page.status, section.includes(`<h2>${system}</h2>`)]).toEqual([200, true]);
      expect(section.split('</section>', 1)[0]).toContain('<strong>customer.phone</strong>');
    },
  );
});
