import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCase } from '../../db/inbound/cases.ts';
import { openStop } from '../../db/ledger/stops.ts';
import type { BrandRoute } from '../../api/route.ts';
import { planned } from '../helpers/ledger.ts';
import { consent, ORDER_TIME, validEvent, validOrder } from '../helpers/orders.ts';
import type { Shop } from './shop.ts';
import { openShop } from './shop.ts';

let shop: Shop;
let order: string;
let contact: string;
let opened: number;
let message: string;
let stop: number;
beforeAll(async () => {
  shop = await openShop();
  const placed = await shop.post('/v1/orders', validOrder());
  ({ id: order, contact } = placed.body);
  const about = { brand: 'bottega', contact, order, kind: 'question', cause: 'test', at: ORDER_TIME } as const;
  opened = await openCase(shop.db, { ...about, byWorkflow: false });
  message = await planned(shop.db, { brand: 'bottega', order, contact, phone: '' });
  const refused = { brand: 'bottega', message, channel: 'sms', kind: 'shipped', locale: 'it', sender: null } as const;
  await openStop(shop.db, 'template', { ...refused, submittedAt: new Date(ORDER_TIME) }, '1210', ORDER_TIME);
  ({ id: stop } = await shop.db('stops').first('id'));
});
afterAll(() => shop.close());

/** A request each route would accept from the brand itself. */
function bodyFor({ path }: BrandRoute): object {
  if (path.endsWith('/events')) return validEvent();
  if (path.endsWith('/consents')) return consent();
  if (path.endsWith('/list-checks')) return { list: 'sg_dnc', listed: false, at: new Date(ORDER_TIME).toISOString() };
  if (path.endsWith('/skip')) return { step: 'shipped' };
  if (path.startsWith('/v1/messages') || path.startsWith('/v1/stops')) return { actor: 'ada', reason: 'test' };
  if (path === '/v1/orders') return validOrder();
  if (path === '/v1/opt-outs') return { contact, source: 'test' };
  if (path === '/v1/opt-outs/import') return { lines: [{ address: '+393475550099', source: 'test' }] };
  if (path === '/v1/consents/import') return { lines: [{ ...consent(), address: '+393475550098' }] };
  return {};
}

function pathFor({ path }: BrandRoute): string {
  const ids: Readonly<Record<string, string>> = {
    contacts: contact,
    cases: String(opened),
    messages: message,
    stops: String(stop),
  };
  const own = path.replace(':id', ids[path.split('/')[2] ?? ''] ?? order);
  return path.endsWith('/explain') ? `${own}?message=shipped` : own;
}

/** The request in the route's own method, by whoever the headers say. */
function call(route: BrandRoute, headers: Record<string, string>): Promise<Response> {
  const method = route.method.toUpperCase();
  const body = route.method === 'post' ? { body: JSON.stringify(bodyFor(route)) } : {};
  return fetch(shop.url + pathFor(route), {
    method,
    ...body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

const brandRoutes = () => shop.routes.filter((route): route is BrandRoute => route.access === 'brand');

describe('every route of a brand', () => {
  it.each([
    ['no key', {}],
    ['an unknown key', { authorization: `Bearer dopo_${'a'.repeat(43)}` }],
    ['a key of another kind', { authorization: 'Basic ZG9wbzpkb3Bv' }],
    ['half a key', { authorization: 'Bearer dopo_' }],
  ])('refuses a caller with %s', async (_, headers) => {
    for (const route of brandRoutes()) {
      const response = await call(route, headers);
      expect([route.path, response.status, response.headers.get('www-authenticate')]).toEqual([
        route.path,
        401,
        'Bearer',
      ]);
    }
  });

  it("shows and changes nothing of a brand's to the holder of another brand's key", async () => {
    const headers = { authorization: `Bearer ${shop.strangersKey}` };
    for (const route of brandRoutes().filter(({ path }) => path.includes(':id') && !path.endsWith('/events'))) {
      const { status } = await call(route, headers);
      expect([route.path, status]).toEqual([route.path, 404]);
    }
    expect((await shop.get('/v1/orders', shop.strangersKey)).body.orders).toEqual([]);
    expect((await shop.post('/v1/opt-outs', { contact, source: 'test' }, headers)).status).toBe(404);
    expect((await shop.get(`/v1/contacts/${contact}`)).body.addresses[0].suppressed).toBe(false);
    const [row] = await shop.db('cases').where({ id: opened });
    expect(row.closed_at).toBeNull();
    expect(await shop.db('audit_log').whereNot({ actor: 'set-up' })).toEqual([]);
  });

  it("an event under another brand's order id is an order of one's own, which the other brand never sees", async () => {
    const headers = { authorization: `Bearer ${shop.strangersKey}` };
    const reply = await shop.post(`/v1/orders/${order}/events`, validEvent({ type: 'order_cancelled' }), headers);
    expect(reply.status).toBe(202);
    expect((await shop.get(`/v1/orders/${order}`)).body.phase).toBe('order');
    await shop.db('inbox').where({ brand_id: 'altrove' }).delete();
    await shop.db('orders').where({ brand_id: 'altrove' }).delete();
  });

  it('a revoked key opens nothing', async () => {
    await shop
      .db('api_keys')
      .where({ brand_id: 'altrove' })
      .update({ revoked_at: new Date(ORDER_TIME) });
    expect((await shop.get('/v1/orders', shop.strangersKey)).status).toBe(401);
  });
});

it('a log line has an id, a route pattern, a status, a time and a brand, and nothing else of the request', async () => {
  await shop.get(`/v1/orders/${order}?limit=1`);
  const line = JSON.parse(shop.logged.at(-1) ?? '{}');
  expect(Object.keys(line).toSorted()).toEqual(
    ['brand', 'hostname', 'level', 'method', 'ms', 'msg', 'pid', 'request', 'route', 'status', 'time'].toSorted(),
  );
  expect(line).toMatchObject({ route: '/v1/orders/:id', status: 200, brand: 'bottega' });
});

it('answers carry the headers that keep browsers out of trouble', async () => {
  const { headers } = await shop.get('/healthz', null);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain("default-src 'self'");
});
