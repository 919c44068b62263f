/** What the holder of a key that may not do it must never get done. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey, revokeApiKey } from '../../db/api-keys.ts';
import { SCOPES } from '../../domain/scope.ts';
import type { EveryRoute } from '../api/every-route.ts';
import { everyRoute } from '../api/every-route.ts';
import type { Shop } from '../api/shop.ts';
import { openShop } from '../api/shop.ts';

let shop: Shop;
let routes: EveryRoute;
beforeAll(async () => {
  shop = await openShop();
  routes = await everyRoute(shop);
});
afterAll(() => shop.close());

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const keyWith = (label: string, scopes: readonly (typeof SCOPES)[number][], expiresAt?: number) =>
  createApiKey(
    shop.db,
    { brand: 'bottega', label, scopes, ...(expiresAt !== undefined && { expiresAt }) },
    shop.clock.at,
  );

/** Rows of every table that a route may write to. */
async function written(): Promise<string> {
  const { rows } = await shop.db.raw<{ rows: object[] }>(
    `select relname, n from (select c.relname, (xpath('/row/n/text()', query_to_xml('select count(*) as n from ' || c.oid::regclass, false, true, '')))[1]::text as n
       from pg_class c join pg_namespace s on s.oid = c.relnamespace where c.relkind = 'r' and s.nspname = 'public') t order by relname`,
  );
  return JSON.stringify(rows);
}

describe('a key without the scope of a route', () => {
  it('never gets past 403, which names the scope, and changes nothing', async () => {
    const before = new Map<string, string>();
    for (const scope of SCOPES)
      before.set(
        scope,
        await keyWith(
          `all but ${scope}`,
          SCOPES.filter((one) => one !== scope),
        ),
      );
    const state = await written();
    for (const route of routes.brandRoutes()) {
      const answer = await routes.call(route, bearer(before.get(route.scope) ?? ''));
      expect([route.method, route.path, answer.status]).toEqual([route.method, route.path, 403]);
      expect(answer.headers.get('www-authenticate')).toContain(`scope="${route.scope}"`);
      expect(await answer.json()).toMatchObject({
        type: 'urn:dopo:problem:scope_missing',
        detail: `The key needs the scope ${route.scope}.`,
      });
    }
    expect(await written()).toBe(state);
  });

  it('is refused before what it asks for is looked at: a body that is none, an id that is unknown', async () => {
    const reader = await keyWith('reader', ['orders:read']);
    expect((await shop.post('/v1/orders', '{{{', bearer(reader))).status).toBe(403);
    expect((await shop.post('/v1/orders/nowhere/events', {}, bearer(reader))).status).toBe(403);
  });
});

describe('a key that opens nothing', () => {
  it.each(['expired', 'revoked'])('is refused at every route when it is %s', async (how) => {
    const key = await keyWith(how, SCOPES, how === 'expired' ? shop.clock.at : undefined);
    if (how === 'revoked') await revokeApiKey(shop.db, 'bottega', how, shop.clock.at, 'test');
    const state = await written();
    for (const route of routes.brandRoutes()) {
      const { status } = await routes.call(route, bearer(key));
      expect([route.method, route.path, status]).toEqual([route.method, route.path, 401]);
    }
    expect(await written()).toBe(state);
  });
});

it("a stranger's key with every scope never reads or changes what belongs to another brand", async () => {
  const of = async (): Promise<unknown> => shop.db('audit_log').where({ brand_id: 'bottega' });
  const state = await of();
  const withId = routes.brandRoutes().filter(({ path }) => path.includes(':id') && !path.endsWith('/events'));
  for (const route of withId) {
    const { status } = await routes.call(route, bearer(shop.strangersKey));
    expect([route.method, route.path, status]).toEqual([route.method, route.path, 404]);
  }
  expect(await of()).toEqual(state);
});

it('every route with a key has a scope, and the description names it', async () => {
  const { body } = await shop.get('/openapi.json', null);
  for (const { method, path, scope } of routes.brandRoutes()) {
    expect(SCOPES).toContain(scope);
    const described = body.paths[path.replace(':id', '{id}')][method];
    expect(described.security).toEqual([{ key: [scope] }]);
    expect(described.responses['403'].description).toContain('scope_missing');
  }
});
