import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aesGcmCodec } from '../../../codec/aes-gcm.ts';
import { jsonOf } from '../../../codec/payload-bytes.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { connect } from '../../../db/connection/connect.ts';
import { createTestDatabase } from '../../helpers/postgres.ts';
import { serve } from '../shop.ts';

const FORMER = 'the-token-before-it-of-the-codec-tests';
const TOKEN = 'a-token-of-operations-with-40-characters';
const ORIGIN = 'https://temporal.example';
const former = { id: 'k1', key: randomBytes(32) };
const codec = aesGcmCodec([{ id: 'k2', key: randomBytes(32) }, former]);

let db: Db;
let closing: (() => Promise<void>)[] = [];
let url: string;
let without: string;
beforeAll(async () => {
  const database = await createTestDatabase();
  db = connect(database.url);
  const open = await serve(db, { codec: { codec, tokens: [TOKEN, FORMER], origin: ORIGIN } });
  const other = connect(database.url);
  const closed = await serve(other);
  [url, without] = [open.url, closed.url];
  closing = [() => open.close(), () => closed.close(), () => database.drop()];
});
afterAll(async () => {
  for (const close of closing) await close();
});

const post = (path: string, body: unknown, token = TOKEN) =>
  fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-namespace': 'default' },
    body: JSON.stringify(body),
  });
const plain = [{ order: 'o-1' }, 7].map((value) => jsonOf(defaultPayloadConverter.toPayload(value)));

describe('the codec endpoint', () => {
  it('encrypts and decrypts payloads in order', async () => {
    const encoded = (await (await post('/codec/encode', { payloads: plain })).json()) as { payloads: typeof plain };
    expect(encoded.payloads).toHaveLength(2);
    expect(JSON.stringify(encoded)).not.toContain(plain[0]?.data ?? '');
    const decoded = await post('/codec/decode', encoded);
    expect(decoded.status).toBe(200);
    expect(await decoded.json()).toEqual({ payloads: plain });
  });

  it('while tokens and keys are changed, opens to the new and the former token, and reads what the former key encrypted', async () => {
    const old = await aesGcmCodec([former]).encode([defaultPayloadConverter.toPayload({ order: 'o-1' })]);
    for (const token of [TOKEN, FORMER]) {
      const decoded = await post('/codec/decode', { payloads: old.map(jsonOf) }, token);
      expect([decoded.status, await decoded.json()]).toEqual([200, { payloads: [plain[0]] }]);
    }
  });

  it('opens to its own token only', async () => {
    for (const token of ['', 'wrong', `${TOKEN}x`])
      expect((await post('/codec/decode', { payloads: plain }, token)).status).toBe(401);
    expect((await fetch(`${url}/codec/decode`, { method: 'POST', body: '{}' })).status).toBe(401);
  });

  it('answers a mistake with a problem that shows nothing', async () => {
    expect((await post('/codec/decode', { payloads: 'all' })).status).toBe(422);
    const [encrypted] = (await codec.encode([defaultPayloadConverter.toPayload('canary')])).map(jsonOf);
    const broken = { ...encrypted, data: Buffer.from('not what it was, and long enough').toString('base64') };
    const answer = await post('/codec/decode', { payloads: [broken] });
    expect([answer.status, await answer.text()]).toEqual([422, expect.not.stringContaining('canary')]);
  });

  it('lets pages of the configured site call it, and says so before they do', async () => {
    const asked = await fetch(`${url}/codec/decode`, { method: 'OPTIONS', headers: { origin: ORIGIN } });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(asked.headers.get('access-control-allow-headers')).toMatch(/authorization/i);
    const answered = await post('/codec/decode', { payloads: [] });
    expect(answered.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    const refused = await post('/codec/decode', { payloads: [] }, 'wrong');
    expect(refused.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  });

  it('does not exist where it is not configured', async () => {
    expect((await fetch(`${without}/codec/decode`, { method: 'POST', body: '{}' })).status).toBe(404);
  });
});
