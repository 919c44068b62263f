/** Every route without a key, against the table of public paths in docs/security.md. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aesGcmCodec } from '../../codec/aes-gcm.ts';
import type { PageDeps } from '../../pages/preferences/deps.ts';
import { pageRouter } from '../../pages/preferences/router.ts';
import { REFERENCE_PATHS } from '../../pages/reference/routes.ts';
import type { Shop } from '../api/shop.ts';
import { openShop } from '../api/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop({
    codec: { codec: aesGcmCodec([{ id: 'k1', key: Buffer.alloc(32) }]), tokens: ['a-token-of-these-tests'] },
  });
});
afterAll(() => shop.close());

const document = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
/** Method and path of each row, with the status that its last cell has. */
const listed = new Map(
  [...document.matchAll(/^\| `((?:GET|POST|DELETE) \/[^`]*)` \|[^|]*\| (\d{3}) \|$/gm)].map(
    ([, route = '', status]) => [route, Number(status)],
  ),
);

/** Method and path of every route that is mounted on the port of the API. */
function mounted(): string[] {
  const pages = pageRouter({} as PageDeps).stack.flatMap(({ path, methods }) =>
    methods.flatMap((method) => (method === 'HEAD' ? [] : [`${method} ${String(path)}`])),
  );
  const reference = REFERENCE_PATHS.map((path) => `GET ${path}`);
  return [...reference, ...shop.routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`), ...pages];
}

async function statusOf(route: string): Promise<number> {
  const [method = '', path = ''] = route.split(' ');
  const body = method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {};
  return (await fetch(shop.url + path.replaceAll(/:\w+/g, '1'), { method, redirect: 'manual', ...body })).status;
}

it('a path that the table does not list never answers a caller without a key', async () => {
  const routes = mounted();
  expect(routes.length).toBeGreaterThan(45);
  const answered = new Map<string, number>();
  for (const route of routes) answered.set(route, await statusOf(route));
  const open = [...answered].filter(([route, status]) => status !== 401 || listed.has(route));
  expect(Object.fromEntries(open)).toEqual(Object.fromEntries(listed));
});

it('the ports of operators and of the API never have each other’s paths', async () => {
  for (const path of ['/metrics', '/readyz']) expect([path, await statusOf(`GET ${path}`)]).toEqual([path, 404]);
  for (const route of mounted().filter((one) => one.startsWith('GET ') && one !== 'GET /healthz'))
    expect([route, (await shop.ops(route.slice(4).replaceAll(/:\w+/g, '1'))).status]).toEqual([route, 404]);
});
