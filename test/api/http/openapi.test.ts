import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderAnswer } from '../../../api/orders/answers.ts';
import { PHONE_PROBLEMS } from '../../../domain/contacts/phone.ts';
import { validEvent, validOrder } from '../../helpers/orders.ts';
import type { AnsweredJson, Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

/** The routes of the contract, so that none is lost unnoticed. */
const CONTRACT = [
  'delete /v1/contacts/{id}',
  'get /healthz',
  'get /openapi.json',
  'get /v1/audit',
  'get /v1/blocks',
  'get /v1/cases',
  'get /v1/contacts/{id}',
  'get /v1/contacts/{id}/consents',
  'get /v1/contacts/{id}/decisions',
  'get /v1/contacts/{id}/export',
  'get /v1/erasures/{id}',
  'get /v1/forecast',
  'get /v1/limits',
  'get /v1/messages',
  'get /v1/messages/{id}',
  'get /v1/orders',
  'get /v1/orders/{id}',
  'get /v1/orders/{id}/explain',
  'get /v1/outboxes/dead',
  'get /v1/shop-erasures',
  'post /v1/blocks/{id}/release',
  'post /v1/cases/{id}/close',
  'post /v1/consents/import',
  'post /v1/contacts/{id}/consents',
  'post /v1/contacts/{id}/links/revoke',
  'post /v1/contacts/{id}/list-checks',
  'post /v1/messages/{id}/give-up',
  'post /v1/messages/{id}/redrive',
  'post /v1/messages/{id}/release',
  'post /v1/opt-outs',
  'post /v1/opt-outs/import',
  'post /v1/orders',
  'post /v1/orders/{id}/cancel-messages',
  'post /v1/orders/{id}/events',
  'post /v1/orders/{id}/pause',
  'post /v1/orders/{id}/resume',
  'post /v1/orders/{id}/skip',
  'post /v1/outboxes/dead/redrive',
  'post /v1/shop-erasures/{id}/cancel',
  'post /webhooks/shopify/{id}',
  'post /webhooks/vonage/inbound',
  'post /webhooks/vonage/status',
];

it('the description lists every route, and every route it lists is mounted', async () => {
  const { body } = await shop.get('/openapi.json', null);
  expect(body.openapi).toBe('3.1.0');
  const described = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(described.toSorted()).toEqual(CONTRACT);
  for (const one of described) {
    const [method = '', path = ''] = one.split(' ');
    const response = await fetch(shop.url + path.replace('{id}', 'x'), { method });
    const text = await response.text();
    expect([one, response.status, text]).not.toEqual([one, 405, expect.anything()]);
    expect(`${one}: ${text}`).not.toContain('problem:not_found');
  }
});

it('every operation has a summary, what it answers and the problems it can have', async () => {
  const { body } = await shop.get('/openapi.json', null);
  for (const [path, methods] of Object.entries<Record<string, AnsweredJson>>(body.paths))
    for (const operation of Object.values(methods)) {
      expect(operation.summary).toMatch(/\w.+\./);
      expect(Object.keys(operation.responses).some((status) => status.startsWith('2'))).toBe(true);
      if (path.startsWith('/v1'))
        expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '503']));
    }
});

it('the schema of a request body allows no unknown field', async () => {
  const { body } = await shop.get('/openapi.json', null);
  expect(body.paths['/v1/orders'].post.requestBody.content['application/json'].schema).toMatchObject({
    additionalProperties: false,
    required: expect.arrayContaining(['id', 'placedAt', 'customer', 'items']),
  });
});

it('a phone number says which words explain a refusal', async () => {
  const { body } = await shop.get('/openapi.json', null);
  const schemaOf = (path: string) => body.paths[path].post.requestBody.content['application/json'].schema;
  const { description } = schemaOf('/v1/orders').properties.customer.properties.phone;
  for (const word of PHONE_PROBLEMS) expect(description).toContain(word);
  expect(schemaOf('/v1/opt-outs').properties.address.description).toBe(description);
});

it('an order is answered in the described shape', async () => {
  const order = validOrder();
  await shop.post('/v1/orders', order);
  await shop.post(`/v1/orders/${order.id}/events`, validEvent({ type: 'parcel_shipped', parcel: { id: 'p' } }));
  const { body } = await shop.get(`/v1/orders/${order.id}`);
  expect(orderAnswer.strict().parse(body)).toEqual(body);
});
