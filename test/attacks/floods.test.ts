/** A flood of requests must never get through, or stop others. */
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PayloadCodec } from '@temporalio/common';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientAddress } from '../../api/http/client-address.ts';
import { MOST_WINDOWS, createRateLimits } from '../../api/http/rate-limits.ts';
import { createApiKey } from '../../commands/access/api-keys.ts';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import { connect } from '../../db/connection/connect.ts';
import { findSuppression } from '../../db/consent/suppressions.ts';
import { inboundOf } from '../../vonage/fake/receipts.ts';
import type { Shop } from '../api/shop.ts';
import { openShop, serve, validBrand } from '../api/shop.ts';
import { storeOf } from '../helpers/keys.ts';
import { validOrder } from '../helpers/orders.ts';

/** 40 requests of a key, 60 of a brand, 200 of an address, in a time that no run of these tests outlasts; 20 failures in a minute. */
const RATES = { perKey: 0.1, perBrand: 0.15, perAddress: 0.5, windowSeconds: 400, failuresPerAddress: 20 };

let shop: Shop;
let second: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  const codec: PayloadCodec = { encode: async (all) => all, decode: async (all) => all };
  const tools = { codec, tokens: ['a-token-that-opens-the-codec-to-tools'] };
  shop = await openShop({ rates: RATES, trustedProxies: 1, codec: tools });
  const { connectionString } = shop.db.client.config.connection as { connectionString: string };
  second = await serve(connect(connectionString), { rates: RATES, trustedProxies: 1, codec: tools });
  await saveBrand(shop.db, validBrand({ id: 'paziente', name: 'Paziente', sender: '+393399957012' }), shop.clock.at);
});
afterAll(async () => {
  await second.close();
  await shop.close();
});

let last = 0;
/** A caller at an address of its own. */
const somebody = (): string => `203.0.113.${(last += 1)}`;
const ask = (url: string, path: string, headers: Record<string, string>) => fetch(url + path, { headers });
const statuses = async (asked: readonly Promise<Response>[]): Promise<Record<number, number>> => {
  const answers = await Promise.all(asked);
  const counts = Map.groupBy(answers, ({ status }) => status);
  return Object.fromEntries([...counts].map(([status, of]) => [status, of.length]));
};
const flood = (count: number, headers: () => Record<string, string>, path = '/v1/orders') =>
  Array.from({ length: count }, (_, n) => ask(n % 2 ? shop.url : second.url, path, headers()));
const keyOf = (label: string, brand = 'bottega') =>
  createApiKey(shop.db, { brand, label, scopes: ['orders:read'] }, shop.clock.at);

describe('more than the limit is answered 429 with Retry-After, by all processes together', () => {
  it('of one key, while another key goes on', async () => {
    const [loud, quiet] = [await keyOf('loud', 'altrove'), await keyOf('quiet')];
    const counts = await statuses(
      flood(150, () => ({ authorization: `Bearer ${loud}`, 'x-forwarded-for': somebody() })),
    );
    // Each of the two lets a tenth through by itself before it asks.
    expect(counts[200]).toBeGreaterThanOrEqual(30);
    expect(counts[200]).toBeLessThanOrEqual(40 + 2 * 4);
    expect((counts[200] ?? 0) + (counts[429] ?? 0)).toBe(150);
    let refused = await ask(shop.url, '/v1/orders', { authorization: `Bearer ${loud}` });
    for (let more = 0; refused.status === 200 && more < 200; more += 1)
      refused = await ask(shop.url, '/v1/orders', { authorization: `Bearer ${loud}` });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(refused.headers.get('ratelimit')).toMatch(/^"(key|brand)";r=0;t=\d+$/);
    expect(await refused.json()).toMatchObject({ type: 'urn:dopo:problem:rate_limited', status: 429 });
    const answered = await ask(shop.url, '/v1/orders', { authorization: `Bearer ${quiet}` });
    expect([answered.status, answered.headers.get('ratelimit-policy')]).toEqual([200, '"key";q=40;w=400']);
  });

  it('of one key, and its refused requests take nothing from another key of the same brand', async () => {
    await saveBrand(shop.db, validBrand({ id: 'tre', name: 'Tre', sender: '+393399957021' }), shop.clock.at);
    const [loud, quiet] = [await keyOf('loud', 'tre'), await keyOf('quiet', 'tre')];
    const rates = { ...RATES, perAddress: 10 };
    const { connectionString } = shop.db.client.config.connection as { connectionString: string };
    const third = await serve(connect(connectionString), { rates, trustedProxies: 1 });
    const as = (key: string) => ({ authorization: `Bearer ${key}`, 'x-forwarded-for': '198.51.100.201' });
    const answers = [];
    for (let n = 0; n < 150; n += 1) answers.push(await ask(third.url, '/v1/orders', as(loud)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(40);
    expect((await ask(third.url, '/v1/orders', as(quiet))).status).toBe(200);
    await third.close();
  });

  it('of one brand by two keys that each keep their own limit, while the key of another brand goes on', async () => {
    await saveBrand(shop.db, validBrand({ id: 'due', name: 'Due', sender: '+393399957009' }), shop.clock.at);
    const [one, two, other] = [await keyOf('one', 'due'), await keyOf('two', 'due'), await keyOf('other', 'altrove')];
    const { connectionString } = shop.db.client.config.connection as { connectionString: string };
    const third = await serve(connect(connectionString), { rates: RATES, trustedProxies: 1 });
    const answers = [];
    for (let n = 0; n < 70; n += 1) {
      const headers = { authorization: `Bearer ${n % 2 ? one : two}`, 'x-forwarded-for': `198.51.100.${n}` };
      answers.push(await ask(third.url, '/v1/orders', headers));
    }
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.length - refused.length).toBeLessThanOrEqual(60);
    expect(answers.slice(0, 50).map(({ status }) => status)).toEqual(Array(50).fill(200));
    for (const { headers } of refused) expect(headers.get('ratelimit')).toMatch(/^"brand";r=0;t=\d+$/);
    const headers = { authorization: `Bearer ${other}`, 'x-forwarded-for': '198.51.100.200' };
    expect((await ask(third.url, '/v1/orders', headers)).status).toBe(200);
    await third.close();
  });

  it.each([
    ['GET', '/v1/orders', { authorization: 'Bearer dopo_none' }, 401],
    ['POST', '/codec/decode', { authorization: 'Bearer a-token-that-is-none' }, 401],
    ['POST', '/webhooks/vonage/status', { authorization: 'Bearer a.b.c' }, 401],
    ['POST', '/webhooks/shopify/bottega', { 'x-shopify-topic': 'shop/redact', 'x-shopify-hmac-sha256': 'bm8=' }, 401],
  ])(
    'of a caller who proves nothing to %s %s, while the holder of a key at the same address goes on',
    async (method, path, headers, failed) => {
      const [from, key] = [somebody(), await keyOf(`patient ${path}`, 'paziente')];
      const forwarded = { 'x-forwarded-for': from };
      const fail = (_: unknown, n: number) =>
        fetch((n % 2 ? shop.url : second.url) + path, { method, headers: { ...headers, ...forwarded } });
      const counts = await statuses(Array.from({ length: 60 }, fail));
      expect(counts[failed]).toBeLessThanOrEqual(20 + 2 * 2);
      expect((counts[failed] ?? 0) + (counts[429] ?? 0)).toBe(60);
      expect((await ask(shop.url, '/v1/orders', { authorization: `Bearer ${key}`, ...forwarded })).status).toBe(200);
    },
  );

  it('of one address, pages included, and never of health', async () => {
    const from = somebody();
    const counts = await statuses(flood(600, () => ({ 'x-forwarded-for': from }), '/p/no-link'));
    expect(counts[429]).toBeGreaterThanOrEqual(600 - (200 + 2 * 20));
    expect(await statuses(flood(50, () => ({ 'x-forwarded-for': from }), '/healthz'))).toEqual({ 200: 50 });
  });

  it.each(['/webhooks/nothing', '/webhooks/vonage/status', '/webhooks/'])(
    'of one address with a request for %s that nothing answers',
    async (path) => {
      const from = somebody();
      const counts = await statuses(flood(600, () => ({ 'x-forwarded-for': from }), path));
      expect(counts[429]).toBeGreaterThanOrEqual(600 - (200 + 2 * 20));
    },
  );
});

it.each([
  ['key', 40],
  ['brand', 60],
  ['address', 200],
  ['failures', 20],
] as const)('one process never lets more through of one %s than the limit of %i', async (name, limit) => {
  const limits = createRateLimits(shop.db, RATES);
  let through = 0;
  for (let n = 0; n < limit + 20; n += 1)
    await limits[name].take('somebody of one process').then(
      () => (through += 1),
      () => undefined,
    );
  expect(through).toBe(limit);
});

it('one process never lets more through than the limit while the database is away', async () => {
  const db = connect(shop.databaseUrl);
  await db.destroy();
  const limits = createRateLimits(db, RATES);
  let through = 0;
  for (let n = 0; n < 60; n += 1)
    await limits.key.take('somebody').then(
      () => (through += 1),
      () => undefined,
    );
  expect(through).toBe(40);
});

it('a flood from ever new addresses never makes one process look at all of them again, nor keep them all', async () => {
  const limits = createRateLimits(shop.db, RATES);
  const first = await limits.failures.take('the first of them');
  for (let n = 0; n < 2 * MOST_WINDOWS; n += 1) await limits.failures.take(`address ${n}`);
  expect((await limits.failures.take('the first of them')).left).toBe(first.left);
});

it('the holder of a key never counts as a caller who proves nothing, however many unknown ids they ask for', async () => {
  const headers = { authorization: `Bearer ${await keyOf('astray')}`, 'x-forwarded-for': somebody() };
  const counts = await statuses(flood(34, () => headers, '/v1/orders/none'));
  expect(counts).toEqual({ 404: 34 });
});

it('a person who opens the page too often never reads JSON, but a page in their language with the time to wait', async () => {
  const headers = { 'x-forwarded-for': somebody(), 'accept-language': 'it' };
  await statuses(flood(300, () => headers, '/p/x'));
  let refused = await ask(shop.url, '/p/x', headers);
  for (let more = 0; refused.status === 403 && more < 300; more += 1) refused = await ask(shop.url, '/p/x', headers);
  expect([refused.status, refused.headers.get('content-type')]).toEqual([429, 'text/html; charset=utf-8']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await refused.text()).toContain('<html lang="it">');
});

it('webhooks of the provider are never limited by their address', async () => {
  const answers = await Promise.all(Array.from({ length: 300 }, (_, n) => shop.webhook('status', { n })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

it('a request far from its limit costs no statement for it', async () => {
  const before = await shop.db('rate_limits');
  const limits = createRateLimits(shop.db, { ...RATES, perKey: 100 });
  for (let n = 0; n < 100; n += 1) await limits.key.take('far from it');
  expect(await shop.db('rate_limits')).toHaveLength(before.length);
});

it('the database never holds an address of a caller', async () => {
  expect(JSON.stringify(await shop.db('rate_limits'))).not.toContain('203.0.113');
});

describe('a flood of all that strangers can reach, from one address and from many', () => {
  const FLOOD = 600;
  const CUT = 0;
  const TRUE_ADDRESSES = 4;
  const BODY = 'x'.repeat(60_000);
  /** Half come from one address. The others write an address of their own before the one that the proxy adds. */
  const strangers = (n: number): Record<string, string> =>
    n % 2 ? {} : { 'x-forwarded-for': `192.0.2.${n % 40}, 203.0.113.${240 + ((n / 2) % TRUE_ADDRESSES)}` };
  const REACHABLE = [
    ['POST', '/webhooks/vonage/inbound', {}],
    ['POST', '/webhooks/vonage/status', { authorization: 'Bearer a.b.c' }],
    ['POST', '/webhooks/shopify/bottega', { 'x-shopify-topic': 'shop/redact', 'x-shopify-hmac-sha256': 'bm9uZQ==' }],
    ['POST', '/webhooks/nothing', {}],
    ['GET', '/p/no-link', {}],
    ['POST', '/p/no-link/erase', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['POST', '/codec/decode', { 'content-type': 'application/json' }],
    ['POST', '/v1/orders', { authorization: `Bearer dopo_${'x'.repeat(43)}` }],
    ['GET', '/nowhere', {}],
  ] as const;
  const strangersAsk = async (n: number): Promise<number> => {
    const [method, path, headers] = REACHABLE[n % REACHABLE.length] ?? REACHABLE[0];
    const body = method === 'POST' ? { body: BODY } : {};
    const init = { method, headers: { ...headers, ...strangers(n) }, ...body };
    // A connection may be closed on a caller that is still sending, before it has read its answer.
    const answer = await fetch(shop.url + path, init).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    return answer?.status ?? CUT;
  };
  /** Notes of refused webhooks: one a second of each kind, by a clock that stands still here. */
  const refusedKept = async (): Promise<number> => {
    const rows: unknown[] = await shop.db('unread_webhooks').whereNull('body');
    return rows.length;
  };
  const kept = (): number => {
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };

  it('never costs a STOP or an order, and leaves neither bodies nor a counter for each address that is made up', async () => {
    const intact = validBrand({ id: 'intatta', name: 'Intatta', sender: '+393399957011' });
    await saveBrand(shop.db, intact, shop.clock.at);
    const key = await createApiKey(
      shop.db,
      { brand: intact.id, label: 'shop', scopes: ['orders:write'] },
      shop.clock.at,
    );
    const phones = Array.from({ length: 10 }, (_, n) => `+39347555000${n}`);
    await shop.db('rate_limits').delete();
    const [before, keptBefore] = [kept(), await refusedKept()];

    const flooded = Promise.all(Array.from({ length: FLOOD }, (_, n) => strangersAsk(n)));
    const stops = phones.map((phone) =>
      shop.webhook('inbound', inboundOf(phone, intact.sender, 'STOP', shop.clock.at)),
    );
    const orders = phones.map((_, n) =>
      shop.post('/v1/orders', validOrder({ id: `kept-${n}` }), {
        authorization: `Bearer ${key}`,
        'x-forwarded-for': '198.51.100.201',
      }),
    );
    expect((await Promise.all(stops)).map(({ status }) => status)).toEqual(phones.map(() => 200));
    expect((await Promise.all(orders)).map(({ status }) => status)).toEqual(phones.map(() => 202));
    expect([CUT, 401, 403, 404, 429, 503]).toEqual(expect.arrayContaining([...new Set(await flooded)]));

    for (const phone of phones) expect(await findSuppression(storeOf(shop.db), intact.id, phone)).toBeDefined();
    expect(await shop.db('orders').where({ brand_id: intact.id })).toHaveLength(phones.length);
    // 460 bodies were 28 MB. They stay for as long as their connections do.
    const beyond = expect.poll(() => kept() - before, { interval: 500 });
    await beyond.toBeLessThan(10_000_000);
    // One for requests and one for failures of each address, and those of the key and the brand.
    const counters = await shop.db('rate_limits').pluck<string[]>('key');
    expect(counters.length).toBeGreaterThan(TRUE_ADDRESSES);
    expect(counters.length).toBeLessThanOrEqual(2 * (TRUE_ADDRESSES + 2) + 2);
    expect((await refusedKept()) - keptBefore).toBeLessThanOrEqual(2);
  });
});

describe('the address of a caller', () => {
  const addressOf = (forwarded: string | undefined, proxies: number, connected = '198.51.100.7'): string => {
    const socket = new Socket();
    Object.defineProperty(socket, 'remoteAddress', { value: connected });
    const request = new IncomingMessage(socket);
    if (forwarded !== undefined) request.headers['x-forwarded-for'] = forwarded;
    return clientAddress(request, proxies);
  };

  it('is never one that the caller writes, however often', () => {
    fc.assert(
      fc.property(fc.array(fc.ipV4(), { maxLength: 5 }), fc.ipV4(), (written, real) => {
        expect(addressOf([...written, real].join(', '), 1)).toBe(real);
        expect(addressOf(written.join(', '), 0)).toBe('198.51.100.7');
      }),
    );
  });

  it('is the same one over every connection, where a proxy writes its port', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 }), (real, port) => {
        expect(addressOf(real.includes(':') ? `[${real}]:${port}` : `${real}:${port}`, 1)).toBe(addressOf(real, 1));
      }),
    );
  });

  it.each([
    ['10.0.0.1, 203.0.113.9, 192.0.2.1', 2, '203.0.113.9'],
    ['203.0.113.9', 2, '198.51.100.7'],
    ['nonsense', 1, '198.51.100.7'],
    ['2001:db8:1:2:3:4:5:6', 1, '2001:db8:1:2'],
    ['2001:db8:1:2::9', 1, '2001:db8:1:2'],
    ['2001:0db8::1', 1, '2001:db8:0:0'],
    ['::ffff:203.0.113.9', 1, '203.0.113.9'],
    ['203.0.113.9:5678', 1, '203.0.113.9'],
    ['[2001:db8:1:2::9]:443', 1, '2001:db8:1:2'],
    ['[2001:db8:1:2::9]', 1, '2001:db8:1:2'],
    ['[::ffff:203.0.113.9]:443', 1, '203.0.113.9'],
    ['[]:443', 1, '198.51.100.7'],
    ['203.0.113.9:', 1, '198.51.100.7'],
    ['unknown', 1, '198.51.100.7'],
    ['', 1, '198.51.100.7'],
    [',,,', 1, '198.51.100.7'],
    [`${'192.0.2.1, '.repeat(700)}203.0.113.9`, 1, '203.0.113.9'],
  ])('of %s behind %i proxies is %s', (forwarded, proxies, expected) => {
    expect(addressOf(forwarded, proxies)).toBe(expected);
  });
});
