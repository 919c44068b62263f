import { once } from 'node:events';
import { createServer } from 'node:http';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createVonageSender } from '../../vonage/client.ts';
import { reusedToken } from '../../vonage/reused-token.ts';
import { SMS, startStage } from './receiver.ts';
import type { ReceiverStage } from './receiver.ts';

const MINUTE = 60_000;

describe('a token is used for some minutes', () => {
  let wall: number;
  let steady: number;
  let signed: number;
  const token = () =>
    reusedToken(() => Promise.resolve(`Bearer ${(signed += 1)}`), { wall: () => wall, steady: () => steady });
  const pass = (ms: number): void => {
    wall += ms;
    steady += ms;
  };
  beforeEach(() => {
    wall = Date.UTC(2026, 2, 2);
    steady = 1_000;
    signed = 0;
  });

  it('calls at once and calls within five minutes have one token, and later ones another', async () => {
    const { header } = token();
    expect(await Promise.all([header(), header()])).toEqual(['Bearer 1', 'Bearer 1']);
    pass(5 * MINUTE - 1);
    expect(await header()).toBe('Bearer 1');
    pass(1);
    expect(await header()).toBe('Bearer 2');
  });

  it.each([-60 * MINUTE, -MINUTE, MINUTE, 60 * MINUTE])(
    'a clock that is put by %i ms makes a new token',
    async (ms) => {
      const { header } = token();
      await header();
      wall += ms;
      expect(await header()).toBe('Bearer 2');
      expect(await header()).toBe('Bearer 2');
    },
  );

  it('a token that was forgotten, or could not be signed, is signed anew', async () => {
    const { header, forget } = token();
    await header();
    forget();
    expect(await header()).toBe('Bearer 2');
    let fails = true;
    const failing = reusedToken(() => (fails ? Promise.reject(new Error('no key')) : Promise.resolve('Bearer')));
    await expect(failing.header()).rejects.toThrow('no key');
    fails = false;
    expect(await failing.header()).toBe('Bearer');
  });
});

describe('sending', () => {
  let stage: ReceiverStage;
  beforeAll(async () => {
    stage = await startStage('manual');
  });
  afterAll(() => stage.close());

  it('a token has an id, is valid for minutes beyond its use, and is replaced after a 401', async () => {
    const headers: string[] = [];
    const statuses = [422, 422, 401, 422, 422];
    const server = createServer((request, response) => {
      headers.push(request.headers.authorization ?? '');
      request.resume().on('end', () => response.writeHead(statuses.shift() ?? 500).end('{}'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const { applicationId, privateKey } = stage.fake;
    const baseUrl = `http://127.0.0.1:${address.port}`;
    const sender = createVonageSender({ applicationId, privateKey, baseUrl, timeoutMs: 5_000 });
    for (let message = 0; message < 5; message += 1) await sender.send(SMS);
    server.close();
    server.closeAllConnections();

    expect(headers).toHaveLength(5);
    const [first, second, third, fourth, fifth] = headers;
    expect([second, third]).toEqual([first, first]);
    expect(fourth).not.toBe(first);
    expect(fifth).toBe(fourth);
    for (const header of [first, fourth]) {
      const { exp = 0, iat = 0, jti } = decodeJwt(header?.replace('Bearer ', '') ?? '');
      expect(jti).toMatch(/^[\w-]{20,}$/);
      expect((exp - iat) * 1000).toBeGreaterThanOrEqual(10 * MINUTE);
    }
  });

  it('the provider takes several messages with one token', async () => {
    for (let message = 0; message < 3; message += 1) expect((await stage.sender.send(SMS)).kind).toBe('accepted');
  });
});
