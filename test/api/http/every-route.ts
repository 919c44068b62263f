/** A request for every route of a brand that the brand itself would get an answer to. */
import type { BrandRoute } from '../../../api/http/route.ts';
import { openCase } from '../../../commands/conversation/open-case.ts';
import { openBlock } from '../../../commands/sending/block.ts';
import { planned } from '../../helpers/ledger.ts';
import { consent, ORDER_TIME, validEvent, validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';

export interface EveryRoute {
  readonly order: string;
  readonly contact: string;
  /** The id of an open case. */
  readonly opened: number;
  brandRoutes(): readonly BrandRoute[];
  /** The request in the route's own method, by the caller of these headers. */
  call(route: BrandRoute, headers: Record<string, string>): Promise<Response>;
}

/** Places an order at a shop, with a message, a case and a block of the provider: what the routes' ids lead to. */
export async function everyRoute(shop: Shop): Promise<EveryRoute> {
  const placed = await shop.post('/v1/orders', validOrder());
  const { id: order, contact } = placed.body as { id: string; contact: string };
  const about = { brand: 'bottega', contact, order, kind: 'question', cause: 'test', at: ORDER_TIME } as const;
  const opened = await openCase(shop.db, { ...about, byWorkflow: false });
  const message = await planned(shop.db, { brand: 'bottega', order, contact, phone: '' });
  const refused = { brand: 'bottega', message, channel: 'sms', kind: 'shipped', locale: 'it', sender: null } as const;
  await openBlock(shop.db, 'template', { ...refused, submittedAt: new Date(ORDER_TIME) }, '1210', ORDER_TIME);
  const { id: block } = await shop.db('blocks').first('id');

  function bodyFor({ path }: BrandRoute): object {
    if (path.endsWith('/events')) return validEvent();
    if (path.endsWith('/consents')) return consent();
    if (path.endsWith('/list-checks')) return { list: 'sg_dnc', listed: false, at: new Date(ORDER_TIME).toISOString() };
    if (path.endsWith('/skip')) return { step: 'shipped' };
    if (path.endsWith('/close') || path.startsWith('/v1/messages') || path.startsWith('/v1/blocks'))
      return { actor: 'ada', reason: 'test' };
    if (path === '/v1/orders') return validOrder();
    if (path === '/v1/opt-outs') return { contact, source: 'test' };
    if (path === '/v1/opt-outs/import') return { lines: [{ address: '+393475550099', source: 'test' }] };
    if (path === '/v1/consents/import') return { lines: [{ ...consent(), address: '+393475550098' }] };
    return {};
  }

  function pathFor({ path }: BrandRoute): string {
    const ids: Readonly<Record<string, string>> = {
      contacts: contact,
      cases: String(opened),
      messages: message,
      blocks: String(block),
    };
    const own = path.replace(':id', ids[path.split('/')[2] ?? ''] ?? order);
    return path.endsWith('/explain') ? `${own}?message=shipped` : own;
  }

  return {
    order,
    contact,
    opened,
    brandRoutes: () => shop.routes.filter((route): route is BrandRoute => route.access === 'brand'),
    call: (route, headers) =>
      fetch(shop.url + pathFor(route), {
        method: route.method.toUpperCase(),
        ...(route.method === 'post' && { body: JSON.stringify(bodyFor(route)) }),
        headers: { 'content-type': 'application/json', ...headers },
      }),
  };
}
