import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, unhurried } from '../../db/connect.ts';
import { validEvent, validOrder } from '../helpers/orders.ts';
import type { Shop } from './shop.ts';
import { openShop, serve } from './shop.ts';

let shop: Shop;
/** The same database behind a pool whose limits are short. */
let hurried: Knex;
let api: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  shop = await openShop();
  const { connectionString } = shop.db.client.config.connection as { connectionString: string };
  hurried = connect(connectionString, { poolMax: 4, statementMs: 500, lockMs: 300, idleInTransactionMs: 400 });
  api = await serve(hurried);
});
afterAll(async () => {
  await api.close();
  await shop.close();
});

const post = (path: string, body: object) =>
  fetch(api.url + path, {
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
    // Only the owner may say who waits for how long.
    await shop.owner.transaction(async (trx) => {
      // The request is to be the one that is ended.
      await trx.raw("set local deadlock_timeout = '30s'");
      await trx.raw('lock table items in exclusive mode');
      const answer = shop.post('/v1/orders', order);
      await expect.poll(async () => (await shop.db.raw<{ rows: object[] }>(WAITING)).rows.length).toBe(1);
      // The request holds its order's id and waits for the items; this waits for the order's id.
      await trx('orders').insert({ brand_id: 'bottega', id: order.id, created_at: new Date() });
      const { status, headers, body } = await answer;
      expect([status, headers.get('retry-after'), body.type]).toEqual([503, '1', 'urn:dopo:problem:database_busy']);
      await trx('orders').where({ brand_id: 'bottega', id: order.id }).delete();
    });
    expect((await shop.post('/v1/orders', order)).status).toBe(202);
  });
});

describe('a pool with limits', () => {
  it('ends a statement and a transaction in which nothing happens', async () => {
    await expect(hurried.raw('select pg_sleep(2)')).rejects.toMatchObject({ code: '57014' });
    await expect(
      hurried.transaction(async (trx) => {
        await trx.raw('select 1');
        await shop.db.raw('select pg_sleep(1)');
        await trx.raw('select 1');
      }),
    ).rejects.toThrow();
  });

  it('lets a sweep take its time', async () => {
    await unhurried(hurried, async (trx) => trx.raw('select pg_sleep(1)'));
  });
});
