import { createHmac } from 'node:crypto';
import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, withoutTimeLimits } from '../../../db/connection/connect.ts';
import { readConfig } from '../../../app/config.ts';
import { inboundOf } from '../../../vonage/fake/receipts.ts';
import { signWebhook } from '../../../vonage/fake/webhooks.ts';
import { ORDER_TIME, validEvent, validOrder } from '../../helpers/orders.ts';
import { visitorOf } from '../../pages/preferences/visitor.ts';
import type { Shop } from '../shop.ts';
import { WEBHOOK_SECRET, SHOP_DOMAIN, SHOP_SECRET, openShop, serve } from '../shop.ts';

let shop: Shop;
/** The same database behind a pool that soon gives up a lock. Its other limits are out of reach of a request on a busy machine. */
let hurried: Knex;
/** And one that soon gives up everything else. */
let strict: Knex;
let api: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  shop = await openShop();
  const { connectionString } = shop.db.client.config.connection as { connectionString: string };
  hurried = connect(connectionString, { poolMax: 4, statementMs: 60_000, lockMs: 300, idleInTransactionMs: 60_000 });
  strict = connect(connectionString, { poolMax: 2, statementMs: 500, idleInTransactionMs: 400 });
  api = await serve(hurried);
});
afterAll(async () => {
  await strict.destroy();
  await api.close();
  await shop.close();
});

const post = (path: string, body: object, to = api) =>
  fetch(to.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${shop.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function expectBusy(response: Response): Promise<void> {
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.json()).toMatchObject({ type: 'urn:dopo:problem:database_busy' });
}

describe('a request that meets a busy database', () => {
  it('is answered 503 with Retry-After when it waits for a lock for too long, and nothing of it is stored', async () => {
    const order = validOrder();
    await shop.post('/v1/orders', order);
    await shop.db.transaction(async (trx) => {
      await trx('orders').where({ brand_id: 'bottega', id: order.id }).forUpdate();
      await trx.raw('lock table inbox in access exclusive mode');
      await expectBusy(await post(`/v1/orders/${order.id}/events`, validEvent()));
    });
    expect((await post(`/v1/orders/${order.id}/events`, validEvent())).status).toBe(202);
  });

  it('is answered 503 with Retry-After when PostgreSQL ends it for a deadlock, and can be sent again', async () => {
    const order = validOrder();
    const WAITING = "select pid from pg_locks where not granted and relation = 'items'::regclass";
    // Only the owner may say who waits for how long. The request is to be the one that is ended. It looks for a deadlock once, when it has
    // waited for so long, and there has to be one by then.
    const { username, pathname } = new URL(shop.databaseUrl);
    await shop.owner.raw("alter role ?? in database ?? set deadlock_timeout = '3s'", [username, pathname.slice(1)]);
    const patient = await serve(connect(shop.databaseUrl));
    await shop.owner.transaction(async (trx) => {
      await trx.raw("set local deadlock_timeout = '300s'");
      await trx.raw('lock table items in exclusive mode');
      const answer = post('/v1/orders', order, patient);
      await expect.poll(async () => (await shop.db.raw<{ rows: object[] }>(WAITING)).rows.length).toBe(1);
      // The request holds its order's id and waits for the items; this waits for the order's id.
      await trx('orders').insert({ brand_id: 'bottega', id: order.id, created_at: new Date() });
      await expectBusy(await answer);
      await trx('orders').where({ brand_id: 'bottega', id: order.id }).delete();
    });
    await patient.close();
    expect((await shop.post('/v1/orders', order)).status).toBe(202);
  });
});

/** Runs while another connection holds the lock of a table. */
async function whileLocked(table: string, act: () => Promise<void>): Promise<void> {
  await shop.owner.transaction(async (trx) => {
    await trx.raw(`lock table ${table} in access exclusive mode`);
    await act();
  });
}

describe('a statement that waits for a lock for too long loses nothing:', () => {
  it('an order is answered 503 with Retry-After', async () => {
    const order = validOrder();
    await whileLocked('items', async () => expectBusy(await post('/v1/orders', order)));
    expect((await post('/v1/orders', order)).status).toBe(202);
  });

  it('a STOP from the provider is answered 503 with Retry-After, which the provider repeats', async () => {
    const stop = JSON.stringify(inboundOf('+393331112233', '+393399957001', 'STOP', ORDER_TIME));
    const send = async (): Promise<Response> => {
      const signer = { clock: { now: () => ORDER_TIME }, signatureSecret: WEBHOOK_SECRET, apiKey: 'abcd1234' };
      const headers = { authorization: await signWebhook(stop, signer) };
      return fetch(`${api.url}/webhooks/vonage/inbound`, { method: 'POST', headers, body: stop });
    };
    await whileLocked('suppressions', async () => expectBusy(await send()));
    expect(await shop.db('suppressions').pluck('state')).toEqual([]);
    expect((await send()).status).toBe(200);
    expect(await shop.db('suppressions').pluck('state')).toEqual(['stopped']);
  });

  it('a webhook of a shop is answered 503 with Retry-After', async () => {
    const body = JSON.stringify({ shop_id: 1, shop_domain: SHOP_DOMAIN });
    const signature = createHmac('sha256', SHOP_SECRET).update(body).digest('base64');
    const headers = { 'x-shopify-topic': 'shop/redact', 'x-shopify-hmac-sha256': signature };
    const send = () => fetch(`${api.url}/webhooks/shopify/bottega`, { method: 'POST', headers, body });
    await whileLocked('shop_erasures', async () => expectBusy(await send()));
    expect((await send()).status).toBe(200);
    expect(await shop.db('shop_erasures')).toHaveLength(1);
  });

  it('a page, and a form on it, is answered 503 with Retry-After', async () => {
    const { contact } = (await shop.post('/v1/orders', validOrder())).body;
    const visitor = await visitorOf({ ...shop, url: api.url }, contact);
    const { page } = await visitor.open();
    await whileLocked('preferences', async () => {
      for (const seen of [await visitor.open(), await visitor.send('save', {}, { page })])
        expect([seen.status, seen.headers.get('retry-after')]).toEqual([503, '60']);
    });
    expect((await visitor.open()).status).toBe(200);
  });
});

describe('a pool with limits', () => {
  it('ends a statement and a transaction in which nothing happens', async () => {
    await expect(strict.raw('select pg_sleep(2)')).rejects.toMatchObject({ code: '57014' });
    await expect(
      strict.transaction(async (trx) => {
        await trx.raw('select 1');
        await shop.db.raw('select pg_sleep(1)');
        await trx.raw('select 1');
      }),
    ).rejects.toThrow();
  });

  it('is what the settings say, down to the server', async () => {
    const settings = { DB_POOL: '2', DB_STATEMENT_MS: '12000', DB_LOCK_MS: '3000', DB_IDLE_IN_TRANSACTION_MS: '45000' };
    const { pool } = readConfig({ ...settings, DATABASE_URL: shop.databaseUrl }, { database: false, vonage: false });
    const own = connect(shop.databaseUrl, pool);
    const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
    const { rows } = await own.raw<{ rows: { setting: string }[] }>(
      `select setting from pg_settings where name = any(:names) order by array_position(:names, name)`,
      { names },
    );
    expect(rows.map(({ setting }) => setting)).toEqual(['12000', '3000', '45000']);
    // A third connection is not opened: its statement waits for one of the two.
    const held = await Promise.all([own.transaction(), own.transaction()]);
    let answered = false;
    const third = own.raw('select 1').then(() => (answered = true));
    await Promise.all(held.map((trx) => trx.raw('select 1')));
    expect(answered).toBe(false);
    await Promise.all(held.map((trx) => trx.rollback()));
    await third;
    await own.destroy();
  });

  it('lets a sweep take its time', async () => {
    await withoutTimeLimits(strict, async (trx) => trx.raw('select pg_sleep(1)'));
  });
});

it('a request whose planned statement a migration has made stale is answered 503 once, and then as before', async () => {
  const { body } = await shop.post('/v1/orders', validOrder());
  const headers = { authorization: `Bearer ${shop.key}` };
  await fetch(`${shop.url}/v1/contacts/${body.contact}`, { method: 'DELETE', headers });
  const { id } = await shop.db('erasures').where({ contact_id: body.contact }).first('id');
  const look = () => fetch(`${shop.url}/v1/erasures/${id}`, { headers });
  // Often enough that each connection of the pool has planned it.
  for (let time = 0; time < 40; time += 1) expect((await look()).status).toBe(200);
  await shop.owner.raw('alter table erasures add column colour text');
  await expectBusy(await look());
  expect((await look()).status).toBe(200);
  await shop.owner.raw('alter table erasures drop column colour');
});
