/** A caller who sends badly, slowly or too much must never get memory, connections or error lines. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PayloadCodec } from '@temporalio/common';
import { SERVER_LIMITS, startServer } from '../../api/http/http-server.ts';
import { connect as connectDatabase } from '../../db/connection/connect.ts';
import { everyRoute } from '../api/http/every-route.ts';
import type { Shop } from '../api/shop.ts';
import { openShop, serve, validBrand } from '../api/shop.ts';
import { placedOrder } from '../helpers/ledger.ts';
import { validOrder } from '../helpers/orders.ts';
import { visitorOf } from '../pages/preferences/visitor.ts';

const AT_MOST = 200_000;
const codec: PayloadCodec = { encode: async (all) => all, decode: async (all) => all };

let shop: Shop;
beforeAll(async () => {
  shop = await openShop(
    { bodiesAtMost: AT_MOST, codec: { codec, tokens: ['a-token-that-opens-the-codec-to-tools'] } },
    { maxConnections: 400 },
  );
});
afterAll(() => shop.close());

const sockets: Socket[] = [];
afterAll(() => sockets.forEach((socket) => void socket.destroy()));

/** A connection on which these bytes have been written. */
async function write(text: string, url = shop.url): Promise<Socket> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

/** The status of the first answer; undefined when the connection ends without one. */
async function statusOf(socket: Socket): Promise<number | undefined> {
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
    if (status !== undefined) return Number(status);
  }
  return undefined;
}

const headOf = (path: string, length: number, headers = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${headers}\r\n`;
const bearer = () => `Authorization: Bearer ${shop.key}\r\n`;
const loud = (): string[] => shop.logged.filter((line) => (JSON.parse(line) as { level: number }).level >= 40);

describe('a caller without a key', () => {
  it('never gets a body read: every route that takes one answers before it has come', async () => {
    const posts = shop.routes.filter(({ method }) => method === 'post');
    const paths = posts.map(({ path }) => path.replace(':id', 'bottega'));
    for (const path of [...paths, '/p/no-link', '/p/no-link/erase', '/nowhere']) {
      const status = await statusOf(await write(`${headOf(path, 60_000)}{`));
      expect([path, status]).toEqual([path, expect.any(Number)]);
      expect([401, 403, 404, 503]).toContain(status);
    }
  });

  it('never has 300 half-sent bodies of the largest size read, and takes no room of others with them', async () => {
    const half = 'x'.repeat(64 * 1024);
    const answers = Array.from({ length: 300 }, async () =>
      statusOf(await write(headOf('/codec/decode', 4 * 1024 * 1024) + half)),
    );
    expect(new Set(await Promise.all(answers))).toEqual(new Set([401]));
    expect((await shop.post('/v1/orders', validOrder())).status).toBe(202);
  });

  it('never keeps the provider out with bodies that do not end, nor by going on with them', async () => {
    const head = headOf('/webhooks/vonage/inbound', 60_000, 'Authorization: Bearer a.b.c\r\n');
    const halves = await Promise.all(Array.from({ length: 8 }, () => write(head + 'x'.repeat(9_000))));
    await sleep(200);
    expect((await shop.webhook('status', { x: 'y'.repeat(30_000) })).status).toBe(200);
    for (const socket of halves) socket.write('x'.repeat(9_000));
    expect((await shop.webhook('status', { x: 'y'.repeat(30_000) })).status).toBe(200);
    for (const socket of halves) socket.destroy();
  });
});

it('a customer is never told that a form is forged because there is no room for it', async () => {
  const { contact } = await placedOrder(shop.db, { id: 'no-room' }, validBrand());
  const visitor = await visitorOf(shop, contact);
  const sent = await visitor.send('stop', { more: 'x'.repeat(AT_MOST / 4) });
  expect(sent.status).toBe(503);
  expect((await visitor.send('stop')).status).toBe(200);
});

describe('a caller with a key', () => {
  /** The server reads sent bytes when it comes to them: a body of the same size finds no room from then on. */
  const untilFull = () => expect.poll(async () => (await shop.post('/v1/orders', 'x'.repeat(40_000))).status).toBe(503);

  it('never takes more memory than all bodies may have together; when it lets go, the next are read', async () => {
    const holding = await Promise.all(
      [1, 2, 3].map(() => write(headOf('/v1/orders', 64_000, bearer()) + 'x'.repeat(60_000))),
    );
    await untilFull();
    for (const socket of holding) socket.destroy();
    await expect.poll(async () => (await shop.post('/v1/orders', validOrder())).status).toBe(202);
  });

  it('never takes the room of webhooks', async () => {
    const holding = await Promise.all(
      [1, 2, 3].map(() => write(headOf('/v1/orders', 64_000, bearer()) + 'x'.repeat(60_000))),
    );
    await untilFull();
    expect((await shop.webhook('status', { x: 'y'.repeat(30_000) })).status).toBe(200);
    for (const socket of holding) socket.destroy();
  });

  it('never keeps a connection open with a request that does not end', async () => {
    // The others have the usual 30 s: bodies that hold room are to hold it until a test has looked.
    const hasty = await serve(connectDatabase(shop.databaseUrl), {}, { requestMs: 1_000 });
    const slow = await write(`${headOf('/v1/orders', 60_000, bearer())}{`, hasty.url);
    expect([undefined, 400, 408]).toContain(await statusOf(slow));
    const headless = await write('GET /healthz HTTP/1.1\r\nHost: x\r\n', hasty.url);
    expect([undefined, 400, 408]).toContain(await statusOf(headless));
    await hasty.close();
  });
});

it('more connections than there may be are closed, and the others go on', async () => {
  const many = await Promise.allSettled(Array.from({ length: 420 }, () => write('')));
  const open = () => many.flatMap((one) => (one.status === 'fulfilled' && !one.value.destroyed ? [one.value] : []));
  await expect.poll(() => open().length).toBeLessThanOrEqual(400);
  for (const socket of open()) socket.destroy();
  await expect.poll(async () => (await shop.get('/healthz', null)).status).toBe(200);
});

it('a head of more bytes than any of ours has is refused', async () => {
  const headers = `X-Long: ${'x'.repeat(9_000)}\r\n`;
  expect(await statusOf(await write(headOf('/v1/orders', 2, headers)))).toBe(431);
});

it('a head of more headers than any of ours has is refused', async () => {
  const get = (more: number): string =>
    `GET /v1/orders HTTP/1.1\r\nHost: x\r\n${'X-More: 1\r\n'.repeat(more)}${bearer()}\r\n`;
  expect(await statusOf(await write(get(62)))).toBe(200);
  expect(await statusOf(await write(get(63)))).toBe(431);
});

it('a caller that does not read its answer never keeps it in memory for longer than a socket may be idle', async () => {
  // More than the buffers of a connection hold, 6 MB on Linux: the rest waits here.
  const answer = Buffer.alloc(64 * 1024 * 1024);
  const gone = Promise.withResolvers<boolean>();
  const server = await startServer(
    async (_, response) => {
      response.once('close', () => gone.resolve(response.writableFinished));
      response.end(answer);
    },
    { host: '127.0.0.1', port: 0, limits: { ...SERVER_LIMITS, idleMs: 300 } },
  );
  const socket = await write('GET / HTTP/1.1\r\nHost: x\r\n\r\n', server.url);
  expect(await gone.promise).toBe(false);
  socket.destroy();
  await server.stop(0);
});

it('an upload that breaks off is never an error line, of any sender and in any way', async () => {
  const signed = 'Authorization: Bearer aaaa.bbbb.cccc\r\n';
  const before = loud().length;
  for (const head of [
    headOf('/v1/orders', 60_000, bearer()),
    headOf('/v1/orders', 60_000),
    headOf('/webhooks/vonage/status', 60_000, signed),
    headOf('/webhooks/vonage/inbound', 60_000, signed),
    headOf('/codec/decode', 60_000),
    headOf('/p/no-link', 60_000),
  ])
    for (const breakOff of ['destroy', 'resetAndDestroy', 'end'] as const) {
      const socket = await write(`${head}{"id":`);
      await sleep(20);
      socket[breakOff]();
    }
  await write('not HTTP at all\r\n\r\n');
  const answered = await write(`GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n`);
  answered.resetAndDestroy();
  await sleep(300);
  expect(loud().slice(before)).toEqual([]);
  expect((await shop.get('/healthz', null)).status).toBe(200);
});

describe('a path', () => {
  it.each(['/V1/orders', '/v1/ORDERS', '/v1/orders/', '/v1//orders', '/Healthz', '/healthz/', '/P/x'])(
    'that is written in another way leads nowhere: %s',
    async (path) => {
      expect((await shop.get(path)).status).toBe(404);
    },
  );

  it.each(['/metrics', '/readyz'])('of operators is never on the port of the public: %s', async (path) => {
    expect((await shop.get(path)).status).toBe(404);
    expect([200, 503]).toContain((await shop.ops(path)).status);
  });

  it('of the public is never on the port of operators', async () => {
    expect((await shop.ops('/openapi.json')).status).toBe(404);
    expect((await shop.ops('/v1/orders')).status).toBe(404);
  });
});

it('no answer about a person may be kept by a cache, problems included', async () => {
  const routes = await everyRoute(shop);
  for (const route of routes.brandRoutes())
    // An order's commands wait for an engine that is not there.
    for (const key of [...(route.scope === 'repair' ? [] : [shop.key]), shop.strangersKey, 'dopo_none']) {
      const answer = await routes.call(route, { authorization: `Bearer ${key}` });
      expect([route.path, answer.status, answer.headers.get('cache-control')]).toEqual([
        route.path,
        answer.status,
        'no-store',
      ]);
    }
});
