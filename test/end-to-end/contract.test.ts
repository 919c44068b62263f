/**
 * The API's contract: a run of orders with everything that can stand in a timeline, then every reading route. Each answer that is fetched, also by the
 * helpers, is checked against /openapi.json.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DAY, HOUR } from '../../domain/time/duration.ts';
import type { Contract } from '../helpers/contract.ts';
import { contractOf } from '../helpers/contract.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();
const box = { parcel: { id: 'box' } };
const coffee = { items: [{ sku: 'COFFEE-250', title: 'Caffè', quantity: 1, price: '9.50' }] };

let contract: Contract;
const unchecked = globalThis.fetch;

/** Fetches as ever and checks every JSON answer of the API. */
async function checkedFetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const response = await unchecked(input, init);
  const url = input instanceof Request ? input.url : String(input);
  if (url.startsWith(shop.apiUrl) && /json/.test(response.headers.get('content-type') ?? ''))
    contract.check({
      method: init?.method ?? 'GET',
      path: url.slice(shop.apiUrl.length),
      status: response.status,
      body: await response.clone().json(),
    });
  return response;
}

const headers = (): Record<string, string> => ({ authorization: `Bearer ${shop.key}` });
const get = async (path: string): Promise<ReturnType<typeof JSON.parse>> => {
  const response = await fetch(shop.apiUrl + path, { headers: headers() });
  expect([path, response.status]).toEqual([path, 200]);
  return response.json();
};

beforeAll(async () => {
  contract = contractOf(JSON.parse(await (await unchecked(`${shop.apiUrl}/openapi.json`)).text()));
  globalThis.fetch = checkedFetch;
});
afterAll(() => {
  globalThis.fetch = unchecked;
});

const seen = new Set<string>();
const orders: string[] = [];
async function look(order: string): Promise<void> {
  orders.push(order);
  for (const entry of await shop.entries(order)) seen.add(entry.what);
}

it('every kind of entry of a timeline is answered as it is described', async () => {
  await shop.until(10, 0, 1);
  shop.faultOfNextOrder({ kind: 'status', status: 422, times: 1 });
  const refused = await shop.order(coffee);
  const order = await shop.order(coffee);
  await shop.shop.command(order.id, 'pause');
  await shop.pass(HOUR);
  await shop.shop.command(order.id, 'resume');
  await shop.event(order.id, 'parcel_shipped', box);
  await shop.until(23, 0);
  await shop.event(order.id, 'parcel_delivered', box);
  await shop.event(order.id, 'delivery_promised', {
    promisedAt: new Date((await shop.time.now()) + DAY).toISOString(),
  });
  await shop.says(order.phone, 'When do you open?');
  await shop.pass(2 * DAY);
  const { cases } = await get('/v1/cases');
  await shop.shop.closeCase(cases[0].id);
  await shop.event(order.id, 'refund_issued', { amount: '1.00' });
  await shop.pass(6 * DAY);
  const skipped = await shop.order(coffee);
  await shop.event(skipped.id, 'parcel_delivered', box);
  await shop.shop.command(skipped.id, 'cancel-messages');
  await shop.pass(2 * DAY);
  for (const { id } of [refused, order, skipped]) await look(id);
  const described = [
    'case_closed',
    'case_opened',
    'command',
    'customer',
    'event',
    'failed',
    'moved',
    'sent',
    'skipped',
  ];
  expect([...seen].toSorted()).toEqual(described);
});

it('every reading route answers as it is described', async () => {
  const [refused = '', order = ''] = orders;
  const { contact } = await get(`/v1/orders/${order}`);
  await get('/v1/orders?limit=1');
  for (const kind of ['order_confirmation', 'delivered', 'replenishment', 'nps_request', 'delay'])
    for (const id of orders) {
      const reply = await fetch(`${shop.apiUrl}/v1/orders/${id}/explain?message=${kind}`, { headers: headers() });
      expect([200, 422]).toContain(reply.status);
    }
  for (const path of ['', '/consents', '/decisions', '/export']) await get(`/v1/contacts/${contact}${path}`);
  for (const state of ['rejected', 'unknown', 'given_up', 'undeliverable']) await get(`/v1/messages?state=${state}`);
  const messages: { id: string }[] = await shop.db('messages').select('id');
  for (const { id } of messages) await get(`/v1/messages/${id}`);
  for (const path of ['cases?open=false', 'audit', 'limits', 'forecast?segments=1000', 'blocks', 'outboxes/dead'])
    await get(`/v1/${path}`);
  await get('/v1/shop-erasures');
  await get(`/v1/erasures/${await shop.erase(refused)}`);
  const reading = contract.operations.flatMap(({ method, path, operation }) =>
    method === 'get' && path.startsWith('/v1/') ? [`${operation.operationId} 200`] : [],
  );
  expect(reading.filter((one) => !contract.answered.has(one))).toEqual([]);
});
