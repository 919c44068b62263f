/** Every list of the API is read page by page in the same way. The lists are those of the description, so that a new one is covered. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validOrder } from '../../helpers/orders.ts';
import type { AnsweredJson, Shop } from '../shop.ts';
import { openShop } from '../shop.ts';

let shop: Shop;
let order: string;
let contact: string;
beforeAll(async () => {
  shop = await openShop();
  const { body } = await shop.post('/v1/orders', validOrder());
  [order, contact] = [body.id, body.contact];
});
afterAll(() => shop.close());

interface List {
  readonly path: string;
  readonly names: readonly string[];
  readonly next: AnsweredJson;
}

/** Every GET whose answer has a `next`, or that is asked for a part of a list. */
async function listsOf(): Promise<readonly List[]> {
  const { body } = await shop.get('/openapi.json', null);
  return Object.entries<AnsweredJson>(body.paths).flatMap(([path, { get }]) => {
    if (!path.startsWith('/v1/') || !get) return [];
    const names: string[] = (get.parameters ?? []).map(({ name }: { name: string }) => name);
    const { $ref = '' } = get.responses['200'].content['application/json'].schema;
    const next = body.components.schemas[$ref.split('/').at(-1)]?.properties?.next;
    const isList = next !== undefined || names.some((name) => ['after', 'before', 'cursor', 'limit'].includes(name));
    return isList ? [{ path, names, next }] : [];
  });
}

/** The parameters that a list needs besides the page. */
const ASKED: Readonly<Record<string, string>> = {
  '/v1/messages': 'state=unknown&',
  '/v1/orders/{id}/explain': 'message=shipped&',
};
const pathOf = ({ path }: List, after: string): string => {
  const about = path.replace('{id}', path.startsWith('/v1/orders/') ? order : contact);
  return `${about}?${ASKED[path] ?? ''}after=${encodeURIComponent(after)}`;
};

it('every list gives out a `next`, absent on the last page, and takes it as `after`', async () => {
  const lists = await listsOf();
  expect(lists.length).toBeGreaterThan(7);
  for (const { path, names, next } of lists) {
    expect([path, names.filter((name) => ['after', 'before', 'cursor'].includes(name))]).toEqual([path, ['after']]);
    expect([path, next?.type]).toEqual([path, 'string']);
  }
});

it('a cursor that has not the shape of one is a mistake in every list', async () => {
  for (const list of await listsOf()) {
    const { status, body } = await shop.get(pathOf(list, 'no such page'));
    expect([list.path, status, body.errors?.[0]?.pointer]).toEqual([list.path, 422, '?after']);
  }
});

describe('a cursor of the right shape that no page gave out', () => {
  const unknown = '00000000-0000-4000-8000-000000000000';
  it.each([
    ['/v1/orders', 'never-placed'],
    ['/v1/messages', unknown],
    ['/v1/audit', '999999999'],
    ['/v1/cases', '1'],
    ['/v1/blocks', '1'],
    ['/v1/contacts/{id}/decisions', '1'],
    ['/v1/orders/{id}/explain', 'no_such_step'],
  ])('is a mistake and not the end of the list: %s', async (path, after) => {
    const { status, body } = await shop.get(pathOf({ path, names: [], next: undefined }, after));
    expect([status, body.errors?.[0]?.pointer]).toEqual([422, '?after']);
  });
});
