import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../../db/connection/connect.ts';
import { signWebhook } from '../../../vonage/fake/webhooks.ts';
import { ORDER_TIME, validOrder } from '../../helpers/orders.ts';
import { WEBHOOK_SECRET, serve } from '../shop.ts';

let api: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  // No program listens on port 1.
  api = await serve(connect('postgres://dopo@127.0.0.1:1/dopo'));
});
afterAll(() => api.close());

const key = { authorization: `Bearer dopo_${'a'.repeat(43)}` };

it('an order is answered with 503 while the database is away, never with 500', async () => {
  const init = {
    method: 'POST',
    headers: { ...key, 'content-type': 'application/json' },
    body: JSON.stringify(validOrder()),
  };
  const response = await fetch(`${api.url}/v1/orders`, init);
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await response.json()).toMatchObject({ type: 'urn:dopo:problem:database_unavailable' });
});

it('a signed webhook is answered with 503 while the database is away, so that it comes again', async () => {
  const body = JSON.stringify({
    channel: 'sms',
    message_uuid: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
    from: '393471112233',
    to: '393399957001',
    timestamp: new Date(ORDER_TIME).toISOString(),
    text: 'STOP',
  });
  const signer = { clock: { now: () => ORDER_TIME }, signatureSecret: WEBHOOK_SECRET, apiKey: 'abcd1234' };
  const init = { method: 'POST', headers: { authorization: await signWebhook(body, signer) }, body };
  expect((await fetch(`${api.url}/webhooks/vonage/inbound`, init)).status).toBe(503);
});

it('the process says that it is up and that it is not ready', async () => {
  expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${api.opsUrl}/healthz`)).status).toBe(200);
  const ready = await fetch(`${api.opsUrl}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([503, { database: false, temporal: false }]);
});
