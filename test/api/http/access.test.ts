import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORDER_TIME, validEvent } from '../../helpers/orders.ts';
import type { EveryRoute } from './every-route.ts';
import { everyRoute } from './every-route.ts';
import type { Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
let routes: EveryRoute;
beforeAll(async () => {
  shop = await openShop();
  routes = await everyRoute(shop);
});
afterAll(() => shop.close());

describe('every route of a brand', () => {
  it.each([
    ['no key', {}],
    ['an unknown key', { authorization: `Bearer dopo_${'a'.repeat(43)}` }],
    ['a key of another kind', { authorization: 'Basic ZG9wbzpkb3Bv' }],
    ['half a key', { authorization: 'Bearer dopo_' }],
  ])('refuses a caller with %s', async (_, headers) => {
    for (const route of routes.brandRoutes()) {
      const response = await routes.call(route, headers);
      expect([route.path, response.status, response.headers.get('www-authenticate')]).toEqual([
        route.path,
        401,
        'Bearer',
      ]);
    }
  });

  it("shows and changes nothing of a brand's to the holder of another brand's key", async () => {
    const headers = { authorization: `Bearer ${shop.strangersKey}` };
    for (const route of routes.brandRoutes().filter(({ path }) => path.includes(':id') && !path.endsWith('/events'))) {
      const { status } = await routes.call(route, headers);
      expect([route.path, status]).toEqual([route.path, 404]);
    }
    expect((await shop.get('/v1/orders', shop.strangersKey)).body.orders).toEqual([]);
    expect((await shop.post('/v1/opt-outs', { contact: routes.contact, source: 'test' }, headers)).status).toBe(404);
    expect((await shop.get(`/v1/contacts/${routes.contact}`)).body.addresses[0].suppressed).toBe(false);
    const [row] = await shop.db('cases').where({ id: routes.opened });
    expect(row.closed_at).toBeNull();
    expect(await shop.db('audit_log').whereNotIn('actor', ['set-up', 'provider'])).toEqual([]);
  });

  it("an event under another brand's order id is an order of one's own, which the other brand never sees", async () => {
    const headers = { authorization: `Bearer ${shop.strangersKey}` };
    const reply = await shop.post(
      `/v1/orders/${routes.order}/events`,
      validEvent({ type: 'order_cancelled' }),
      headers,
    );
    expect(reply.status).toBe(202);
    expect((await shop.get(`/v1/orders/${routes.order}`)).body.phase).toBe('order');
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
  await shop.get(`/v1/orders/${routes.order}?limit=1`);
  const line = JSON.parse(shop.logged.at(-1) ?? '{}');
  expect(Object.keys(line).toSorted()).toEqual(
    ['brand', 'hostname', 'level', 'method', 'ms', 'msg', 'pid', 'request', 'route', 'status', 'time'].toSorted(),
  );
  expect(line).toMatchObject({ route: '/v1/orders/:id', status: 200, brand: 'bottega' });
});

it('answers carry the headers that keep browsers out of trouble', async () => {
  const { headers } = await shop.get('/healthz', null);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
});
