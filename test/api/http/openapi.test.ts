import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PHONE_PROBLEMS } from '../../../domain/contacts/phone.ts';
import { validEvent, validOrder } from '../../helpers/orders.ts';
import type { AnsweredJson, Shop } from '../shop.ts';
import { openShop } from '../shop.ts';
import { contractOf } from '../../helpers/contract.ts';

const CLI = fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js'));
const run = promisify(execFile);

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

/** The schema behind a request body, which has a name. */
const bodyOf = (document: AnsweredJson, path: string) => {
  const { $ref } = document.paths[path].post.requestBody.content['application/json'].schema;
  return document.components.schemas[$ref.split('/').at(-1)];
};

it('the schema of a request body allows no unknown field', async () => {
  const { body } = await shop.get('/openapi.json', null);
  expect(bodyOf(body, '/v1/orders')).toMatchObject({
    additionalProperties: false,
    required: expect.arrayContaining(['id', 'placedAt', 'customer', 'items']),
  });
});

it('a phone number says which words explain a refusal', async () => {
  const { body } = await shop.get('/openapi.json', null);
  const { description } = bodyOf(body, '/v1/orders').properties.customer.properties.phone;
  for (const word of PHONE_PROBLEMS) expect(description).toContain(word);
  expect(bodyOf(body, '/v1/opt-outs').properties.address.description).toBe(description);
});

it('the description is without a mistake for the linter that its readers use', async () => {
  const { body } = await shop.get('/openapi.json', null);
  const folder = mkdtempSync(join(tmpdir(), 'dopo-openapi-'));
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(body));
  const config = fileURLToPath(new URL('redocly.yaml', import.meta.url));
  const args = [CLI, 'lint', 'openapi.json', '--config', config, '--format', 'json'];
  // It would ask its maker's servers for a newer version of itself, and tell them that it ran.
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const said = await run(process.execPath, args, { cwd: folder, env }).catch((error: { stdout: string }) => error);
  rmSync(folder, { recursive: true });
  const problems: readonly { ruleId: string; location: readonly { pointer: string }[] }[] = JSON.parse(
    said.stdout,
  ).problems;
  // A health check is never limited and takes nothing that could be wrong: the one operation without an answer 4xx.
  expect(problems.map(({ ruleId, location }) => `${ruleId} ${location[0]?.pointer}`)).toEqual([
    'operation-4xx-response #/paths/~1healthz/get/responses',
  ]);
});

it('every operation has an example of what it takes and what it answers, and each is as described', async () => {
  const { body } = await shop.get('/openapi.json', null);
  const contract = contractOf(body);
  expect(contract.operations.length).toBe(CONTRACT.length);
  for (const { path, method, operation } of contract.operations) {
    const at = `/paths/${path.replaceAll('/', '~1')}/${method}`;
    const good = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
    const places = [
      ...(operation.requestBody ? [[`${at}/requestBody`, operation.requestBody.content] as const] : []),
      ...good.map(([status, { content = {} }]) => [`${at}/responses/${status}`, content] as const),
    ];
    for (const [place, content] of places)
      for (const [type, { example }] of Object.entries(content)) {
        expect([place, example]).not.toEqual([place, undefined]);
        const schema = `${place}/content/${type.replaceAll('/', '~1')}/schema`;
        expect([place, contract.faultsOf(schema, example)]).toEqual([place, []]);
      }
  }
});

it('an order is answered in the described shape', async () => {
  const order = validOrder();
  await shop.post('/v1/orders', order);
  await shop.post(`/v1/orders/${order.id}/events`, validEvent({ type: 'parcel_shipped', parcel: { id: 'p' } }));
  const { body } = await shop.get('/openapi.json', null);
  const path = `/v1/orders/${order.id}`;
  const { status, body: view } = await shop.get(path);
  contractOf(body).check({ method: 'get', path, status, body: view });
  expect(() => contractOf(body).check({ method: 'get', path, status, body: { ...view, further: 1 } })).toThrow(
    'additionalProperty',
  );
});
