/** Answers of every route and every mistake, and their headers. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey } from '../../commands/access/api-keys.ts';
import type { Shop } from '../api/shop.ts';
import { openShop, validBrand } from '../api/shop.ts';
import { placedOrder } from '../helpers/ledger.ts';
import { validOrder } from '../helpers/orders.ts';
import { visitorOf } from '../pages/preferences/visitor.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

/** One answer of each sort: JSON, a description, health, a page, and the problems of routers, keys, bodies and links. */
async function everySort(): Promise<[string, Headers][]> {
  const { contact } = await placedOrder(shop.db, {}, validBrand());
  const { link } = await visitorOf(shop, contact);
  const sorts: [string, Promise<{ headers: Headers }>][] = [
    ['an answer', shop.get('/v1/orders')],
    ['the description', shop.get('/openapi.json', null)],
    ['the landing page', shop.get('/', null)],
    ['health', shop.get('/healthz', null)],
    ['readiness', shop.ops('/readyz')],
    ['metrics', shop.ops('/metrics')],
    ['a page', shop.get(`/p/${link}`, null)],
    ['a page of no link', shop.get('/p/none', null)],
    ['no key', shop.get('/v1/orders', null)],
    ['no route', shop.get('/v1/nothing')],
    ['no method', fetch(`${shop.url}/v1/orders`, { method: 'DELETE' })],
    ['a broken body', shop.post('/v1/orders', '{')],
    ['an unsigned webhook', fetch(`${shop.url}/webhooks/vonage/inbound`, { method: 'POST' })],
  ];
  return Promise.all(sorts.map(async ([sort, answer]) => [sort, (await answer).headers] as [string, Headers]));
}

/** Sends these bytes and returns all that comes back until the connection ends. */
async function answerTo(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(shop.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe('an answer', () => {
  it('never lets a browser run a script, load from elsewhere, frame it or guess its type, and asks for TLS', async () => {
    for (const [sort, headers] of await everySort()) {
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
        expect(policy.split(/ *; */), sort).toContain(part);
      expect(policy, sort).not.toContain('script-src');
      expect(headers.get('x-content-type-options'), sort).toBe('nosniff');
      expect(headers.get('referrer-policy'), sort).toBe('no-referrer');
      expect(headers.get('strict-transport-security'), sort).toBe('max-age=31536000; includeSubDomains');
    }
  });

  it('with the reference of the API never runs a script, loads a style or asks a server but this one', async () => {
    const { headers } = await shop.get('/docs', null);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  // JSON is UTF-8 by its own standard (RFC 8259), so problems need not say so.
  it('never leaves its type or its characters to be guessed', async () => {
    for (const [sort, headers] of await everySort())
      expect(headers.get('content-type'), sort).toMatch(
        /^(application\/problem\+json|(application\/json|text\/html|text\/plain; version=[\d.]+); charset=utf-8)$/,
      );
  });

  it('never sets a cookie or allows the page of another site to read it', async () => {
    for (const [sort, headers] of await everySort())
      expect([sort, headers.get('set-cookie'), headers.get('access-control-allow-origin')]).toEqual([sort, null, null]);
  });
});

it('TRACE never gives a request back', async () => {
  const { port } = new URL(shop.url);
  const sent = request({ port, method: 'TRACE', path: '/v1/orders', headers: { authorization: 'Bearer secret' } });
  const [response] = await once(sent.end(), 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  expect(response.statusCode).toBe(405);
  expect(text).not.toContain('secret');
});

describe('a request whose end can be read in two ways', () => {
  it.each([
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd'],
    ['chunks that are not the last coding', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['a line that is folded', 'X-A: b\r\n c: d\r\nContent-Length : 4\r\n\r\nabcd'],
  ])('never lets a second request in behind it: %s', async (_, head) => {
    const second = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    const text = await answerTo(`POST /v1/orders HTTP/1.1\r\nHost: x\r\n${head}${second}`);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });
});

describe('words of SQL', () => {
  const WORDS = `'; drop table orders; -- " \\ $1 :id ?`;

  it('are never more than words in a field', async () => {
    const order = validOrder({ id: 'order-of-words', name: WORDS });
    expect((await shop.post('/v1/orders', order)).status).toBe(202);
    expect(await shop.db('orders').where({ id: order.id }).first('name')).toEqual({ name: WORDS });
  });

  it.each([
    ['/v1/orders/WORDS', 404],
    ['/v1/contacts/WORDS', 404],
    ['/v1/orders?contact=WORDS', 422],
    ['/v1/orders?after=WORDS', 422],
    ['/v1/audit?subject=WORDS', 422],
    ['/p/WORDS', 403],
  ])('are never more than an id or a cursor of nothing: %s', async (path, status) => {
    expect((await shop.get(path.replace('WORDS', encodeURIComponent(WORDS)))).status).toBe(status);
  });
});

it('an unexpected error never shows its statement or its values, to the caller or in the log', async () => {
  const order = validOrder({ id: 'order-of-a-lost-table' });
  await shop.post('/v1/orders', order);
  await shop.owner.raw('alter table orders rename to orders_that_are_lost');
  const from = shop.logged.length;
  const reply = await shop.get(`/v1/orders/${order.id}`);
  await shop.owner.raw('alter table orders_that_are_lost rename to orders');
  expect([reply.status, Object.keys(reply.body).toSorted()]).toEqual([
    500,
    ['detail', 'instance', 'status', 'title', 'type'],
  ]);
  const lines = shop.logged.slice(from);
  expect(lines.filter((line) => line.includes('request failed'))).toHaveLength(1);
  for (const text of [JSON.stringify(reply.body), ...lines]) expect(text).not.toMatch(/select|relation|lost-table/i);
});

it('a refused key, a missing scope and a wrong signature are never without a line and a count', async () => {
  const key = await createApiKey(
    shop.db,
    { brand: 'bottega', label: 'reader', scopes: ['orders:read'] },
    shop.clock.at,
  );
  const from = shop.logged.length;
  await shop.get('/v1/orders', 'dopo_none-that-anybody-has-made');
  await shop.get('/v1/audit', key);
  await fetch(`${shop.url}/webhooks/vonage/inbound`, { method: 'POST', headers: { authorization: 'Bearer x' } });
  const lines = shop.logged.slice(from).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ route, status, brand }) => [route, status, brand])).toEqual([
    ['/v1/orders', 401, undefined],
    ['/v1/audit', 403, 'bottega'],
    ['/webhooks/vonage/inbound', 401, undefined],
  ]);
  const { body } = await shop.ops('/metrics');
  expect(body).toMatch(/dopo_http_requests_total\{[^}]*status="401"[^}]*\} [1-9]/);
});
