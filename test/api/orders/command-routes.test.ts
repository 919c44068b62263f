import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { once } from '../../../api/http/middleware.ts';
import { Problem } from '../../../api/http/problem.ts';
import { consent, ORDER_TIME, validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
let order: string;
let contact: string;
beforeAll(async () => {
  shop = await openShop();
  ({ id: order, contact } = (await shop.post('/v1/orders', validOrder())).body);
});
afterAll(() => shop.close());

describe('a command while the workflow engine is away', () => {
  it('is answered with 503 and when to come back, and its key is free again', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const reply = await shop.post(`/v1/orders/${order}/pause`, {}, headers);
    expect([reply.status, reply.body.type]).toEqual([503, 'urn:dopo:problem:engine_unavailable']);
    expect(reply.headers.get('retry-after')).toBe('5');
    expect(await shop.db('idempotency_keys')).toEqual([]);
  });

  it.each([
    ['pause', { until: '2026-02-30T00:00:00Z' }, '/until'],
    ['pause', { until: '2031-01-01T00:00:00Z' }, '/until'],
    ['skip', {}, '/step'],
    ['resume', { now: true }, '/now'],
    ['cancel-messages', { kind: 'all' }, '/kind'],
  ])('%s with a mistake is refused before the workflow is asked', async (name, body, pointer) => {
    const reply = await shop.post(`/v1/orders/${order}/${name}`, body);
    expect([reply.status, reply.body.errors.map((error: { pointer: string }) => error.pointer)]).toEqual([
      422,
      [pointer],
    ]);
  });

  it('/readyz says which part is missing, and /healthz that the process is up', async () => {
    expect(await shop.ops('/readyz')).toMatchObject({ status: 503, body: { database: true, temporal: false } });
    expect(await shop.ops('/healthz')).toMatchObject({
      status: 200,
      body: { status: 'up', tz: process.versions['tz'] },
    });
  });
});

describe('an Idempotency-Key', () => {
  const give = (key: string, body: object) =>
    shop.post(`/v1/contacts/${contact}/consents`, body, { 'idempotency-key': key });
  const given = async () => (await shop.get(`/v1/contacts/${contact}`)).body.consents.length;

  it('gives the first answer again to the same request, which is done once', async () => {
    const [key, before] = [randomUUID(), await given()];
    const first = await give(key, consent());
    const again = await give(key, consent());
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(await given()).toBe(before + 1);
  });

  it('is refused for another request', async () => {
    const key = randomUUID();
    await give(key, consent());
    const reply = await give(key, consent({ action: 'withdrawn' }));
    expect([reply.status, reply.body.type]).toEqual([409, 'urn:dopo:problem:key_reused']);
    const elsewhere = await shop.post('/v1/opt-outs', consent(), { 'idempotency-key': key });
    expect(elsewhere.status).toBe(409);
  });

  it('is free again after a mistake, so that the mended request can use it', async () => {
    const key = randomUUID();
    expect((await give(key, consent({ class: 'none' }))).status).toBe(422);
    expect((await give(key, consent())).status).toBe(201);
  });

  it('of one brand means nothing to another', async () => {
    const key = randomUUID();
    await give(key, consent());
    const reply = await shop.post(
      '/v1/opt-outs',
      { address: '+393471112233', source: 'test' },
      {
        'idempotency-key': key,
        authorization: `Bearer ${shop.strangersKey}`,
      },
    );
    expect(reply.status).toBe(201);
  });

  it.each([['x'.repeat(101)], ['with space']])('that is %j is refused', async (key) => {
    const reply = await give(key, consent());
    expect([reply.status, reply.body.errors[0].pointer]).toEqual([422, 'Idempotency-Key']);
  });

  describe('whose first request', () => {
    const request = (key: string, now: number) => ({ brand: 'bottega', key, request: ['post', '/x'], now });
    const done = { status: 200, body: { done: true } };

    it('is still at work is answered with 409 and when to come back', async () => {
      const key = randomUUID();
      const first = Promise.withResolvers<typeof done>();
      const running = once(shop.db, request(key, ORDER_TIME), () => first.promise);
      await expect.poll(() => shop.db('idempotency_keys').where({ key })).toHaveLength(1);
      const second = once(shop.db, request(key, ORDER_TIME), async () => done);
      await expect(second).rejects.toMatchObject({ code: 'in_progress', headers: { 'Retry-After': '1' } });
      first.resolve(done);
      expect(await running).toEqual(done);
    });

    it('died without an answer can be sent again after 20 seconds', async () => {
      const key = randomUUID();
      const never = new Promise<typeof done>(() => {});
      void once(shop.db, request(key, ORDER_TIME), () => never);
      await expect.poll(() => shop.db('idempotency_keys').where({ key })).toHaveLength(1);
      await expect(once(shop.db, request(key, ORDER_TIME + 19_000), async () => done)).rejects.toBeInstanceOf(Problem);
      expect(await once(shop.db, request(key, ORDER_TIME + 21_000), async () => done)).toEqual(done);
    });

    it('died without an answer does not give its key to another request', async () => {
      const key = randomUUID();
      const never = new Promise<typeof done>(() => {});
      void once(shop.db, request(key, ORDER_TIME), () => never);
      await expect.poll(() => shop.db('idempotency_keys').where({ key })).toHaveLength(1);
      const other = { ...request(key, ORDER_TIME + 21_000), request: ['post', '/y'] };
      await expect(once(shop.db, other, async () => done)).rejects.toMatchObject({ code: 'key_reused' });
    });
  });
});
