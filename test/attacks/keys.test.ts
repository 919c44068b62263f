/** The holder of a key never gets done what the key may not do. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey, revokeApiKey } from '../../commands/access/api-keys.ts';
import { findSuppression } from '../../db/consent/suppressions.ts';
import { changeSuppression } from '../../db/consent/change-suppression.ts';
import { SCOPES } from '../../domain/access/scope.ts';
import type { EveryRoute } from '../api/http/every-route.ts';
import { everyRoute } from '../api/http/every-route.ts';
import type { Shop } from '../api/shop.ts';
import { openShop } from '../api/shop.ts';
import { storeOf } from '../helpers/keys.ts';
import { planned, submitted } from '../helpers/ledger.ts';
import { validOrder } from '../helpers/orders.ts';
import { visitorOf } from '../pages/preferences/visitor.ts';

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
       from pg_class c join pg_namespace s on s.oid = c.relnamespace where c.relkind in ('r', 'p') and not c.relispartition and s.nspname = 'public' and c.relname <> 'rate_limits'
         and has_table_privilege(c.oid, 'select')) t order by relname`,
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

describe('a STOP of the customer', () => {
  const lift = (body: object) =>
    shop.post('/v1/opt-outs', { source: 'agent', state: 'lifted', reason: 'asked for', ...body });
  const suppressed = async (contact: string): Promise<boolean> =>
    (await shop.get(`/v1/contacts/${contact}`)).body.addresses[0].suppressed;
  let number = 393475552100;
  async function customer(): Promise<{ order: string; contact: string; phone: string }> {
    const phone = `+${(number += 1)}`;
    const { body } = await shop.post('/v1/orders', validOrder({ customer: { phone } }));
    return { order: body.id, contact: body.contact, phone };
  }
  const text = (phone: string, words: string, at = shop.clock.at) =>
    shop.webhook('inbound', {
      channel: 'sms',
      message_uuid: randomUUID(),
      from: phone.slice(1),
      to: '393399957001',
      timestamp: new Date(at).toISOString(),
      text: words,
    });

  it('is never lifted by an import: a line that says so refuses the whole list', async () => {
    const { contact, phone } = await customer();
    await text(phone, 'STOP');
    const { status, body } = await shop.post('/v1/opt-outs/import', {
      lines: [
        { address: '+393475559999', source: 'file' },
        { address: phone, source: 'file', state: 'lifted' },
      ],
    });
    expect([status, body.errors[0].pointer]).toEqual([422, '/lines/1/state']);
    expect(await suppressed(contact)).toBe(true);
    expect(await shop.db('audit_log').where({ action: 'lift_stop' })).toEqual([]);
  });

  it.each(['by text', 'by the provider', 'on the page', 'with an erasure'])(
    'is never lifted over the API: %s',
    async (how) => {
      const { contact, phone } = await customer();
      const said = { brand: 'bottega', address: phone, state: 'stopped', at: shop.clock.at } as const;
      if (how === 'by text') await text(phone, 'STOP');
      if (how === 'by the provider')
        await changeSuppression(storeOf(shop.db), { ...said, source: 'provider:1360' }, shop.clock.at);
      if (how === 'on the page') await changeSuppression(storeOf(shop.db), { ...said, source: 'page' }, shop.clock.at);
      if (how === 'with an erasure')
        await fetch(`${shop.url}/v1/contacts/${contact}`, { method: 'DELETE', headers: bearer(shop.key) });
      // Not even when the shop has stopped the number too, before or after.
      await shop.post('/v1/opt-outs', { address: phone, source: 'agent' });
      const refused = await lift({ address: phone });
      expect([refused.status, refused.body.type]).toEqual([409, 'urn:dopo:problem:stop_of_customer']);
      expect(await findSuppression(storeOf(shop.db), 'bottega', phone)).toMatchObject({ byShop: false });
    },
  );

  it('is never lifted by a lift that came before it did, but after it was said', async () => {
    const { contact, phone } = await customer();
    await shop.post('/v1/opt-outs', { address: phone, source: 'agent' });
    shop.clock.at += 60_000;
    const said = shop.clock.at;
    shop.clock.at += 60_000;
    expect((await lift({ address: phone })).status).toBe(201);
    expect(await suppressed(contact)).toBe(false);
    shop.clock.at += 60_000;
    await text(phone, 'STOP', said);
    expect(await suppressed(contact)).toBe(true);
    expect((await lift({ address: phone })).status).toBe(409);
    // START is the customer's way back, over the shop's stop as well.
    await text(phone, 'START');
    expect(await suppressed(contact)).toBe(false);
  });

  it('is never lifted without a reason, or as of another moment, and a lift of a stop of the shop is on record', async () => {
    const { contact, phone } = await customer();
    await shop.post('/v1/opt-outs', { contact, source: 'agent' });
    for (const wrong of [{ reason: undefined }, { at: new Date(shop.clock.at).toISOString() }])
      expect((await lift({ contact, ...wrong })).status).toBe(422);
    expect(await suppressed(contact)).toBe(true);
    expect((await lift({ contact })).status).toBe(201);
    const [entry] = (await shop.get(`/v1/audit?action=lift_stop&subject=contact:${contact}`)).body.entries;
    expect(entry).toMatchObject({ reason: 'asked for', before: { state: 'stopped' }, after: { state: 'lifted' } });
    expect(JSON.stringify(entry)).not.toContain(phone.slice(4));
  });

  it('is never lifted with a key for orders', async () => {
    const { phone } = await customer();
    const orders = await keyWith('orders only', ['orders:write', 'orders:read', 'contacts:read']);
    const body = { address: phone, source: 'agent', state: 'lifted', reason: 'x' };
    expect((await shop.post('/v1/opt-outs', body, bearer(orders))).status).toBe(403);
  });

  it('is never lifted on the page of a link that a key for orders reads: no timeline shows one, in our texts or in theirs', async () => {
    const { order, contact, phone } = await customer();
    const { link } = await visitorOf(shop, contact);
    const tracking = 'https://carrier.example/9400111899223197428490';
    const message = await planned(shop.db, { brand: 'bottega', order, contact, phone });
    await submitted(shop.db, message);
    const body = `${tracking} Scelte: https://sole.example/scelte/${link} Rispondi STOP`;
    await shop.db('messages').where({ id: message }).update({ body });
    await text(phone, `https://sole.example/scelte/${link}? No`);
    const orders = await keyWith('reads timelines', ['orders:read']);
    const { timeline } = (await shop.get(`/v1/orders/${order}`, orders)).body;
    expect(timeline.flatMap((entry: { text?: string }) => entry.text ?? []).toSorted()).toEqual([
      `${tracking} Scelte: https://sole.example/scelte/****** Rispondi STOP`,
      'https://sole.example/scelte/******? No',
    ]);
  });
});
