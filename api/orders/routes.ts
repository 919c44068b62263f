/** Orders and what happens to them. An order or event that is answered with 202 is stored; the drainer tells the workflow. */
import type { Db } from '../../db/connection/connect.ts';
import type { RuleData } from '../../domain/rules/rule-data.ts';
import { placeOf } from '../../domain/place/contact-place.ts';
import { unknownItems } from '../../db/orders/early-facts.ts';
import { storeEvent, storeFreshEvent } from '../../commands/orders/report-event.ts';
import { listOrders } from '../../queries/orders/order-heads.ts';
import type { Outlook } from '../../commands/orders/place-order.ts';
import { placeOrder } from '../../commands/orders/place-order.ts';
import { orderView } from '../../queries/orders/timeline.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import type { LinkProblem } from '../../domain/orders/link-hosts.ts';
import { LONGEST_STATUS_LINK, linkHostsOf, linkProblem } from '../../domain/orders/link-hosts.ts';
import type { Order } from '../../domain/orders/order.ts';
import { applyRules } from '../../domain/rules/applied-rules.ts';
import { unsendableSteps } from '../../domain/sending/gate/unsendable-steps.ts';
import { shopSystemOf } from '../../ingest/foreign-order.ts';
import { withoutLinks } from '../../pages/link.ts';
import { cleanReference } from '../../templates/clean/reported.ts';
import { ORDER_NAME } from '../../templates/placeholders.ts';
import type { AppDeps } from '../http/deps.ts';
import { FRESH_FOR } from '../../engine/fresh-facts.ts';
import { contentHash } from '../http/json.ts';
import { refuseNumbers, refuseNumbersOf } from './ids.ts';
import type { FieldError } from '../http/problem.ts';
import {
  badCursor,
  eventDiffers,
  notFound,
  orderDiffers,
  orderErased,
  orderOver,
  tooManyEvents,
  tooManyParcels,
} from '../http/problem.ts';
import { toCorrected, toEvent } from './read-event.ts';
import type { ZoneOf } from './read-order.ts';
import { futureNotes, phoneMistake, toOrder } from './read-order.ts';
import { orderId } from '../http/path-ids.ts';
import type { EventBody, OrderBody } from './schema.ts';
import {
  acceptedAnswer,
  acceptedEventAnswer,
  eventBody,
  listQuery,
  orderAnswer,
  orderBody,
  orderQuery,
  ordersAnswer,
} from './schema.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

export function orderRoutes(deps: AppDeps): readonly Route[] {
  const { db, pageKeys, journeyOf, rules, wakeDrainer, fresh, orderLimits } = deps;
  const zoneOf: ZoneOf = (place) => placeOf(place, rules).zones[0];
  return [
    brandRoute({
      method: 'post',
      tag: 'Orders',
      operationId: 'placeOrder',
      path: '/v1/orders',
      scope: 'orders:write',
      summary: 'Places an order. Placing the same order again is harmless.',
      body: orderBody,
      alsoWrong: phoneMistake,
      mistakenFor: shopsOwnOrder,
      answers: { 202: { description: 'Stored; its journey begins', schema: acceptedAnswer } },
      problems: ['order_differs', 'order_erased'],
      handle: async ({ brand, body, json, givenKey, now }) => {
        const order = toOrder(body, { brand, now, zoneOf });
        const { phone } = order.customer;
        const given = { '/id': body.id, '/customer/id': body.customer.id, 'Idempotency-Key': givenKey };
        if (phone) refuseNumbers(given, [phone.e164]);
        const claimMs = fresh?.takes() ? FRESH_FOR : undefined;
        const hash = contentHash(json);
        const placed = await placeOrder(deps, brand, order, journeyOf(brand), hash, now, claimMs);
        if (placed.kind === 'conflict') throw orderDiffers();
        if (placed.kind === 'erased') throw orderErased();
        const stored = placed.kind === 'placed' ? placed.fresh : undefined;
        if (stored) fresh?.take(stored);
        else wakeDrainer('fact');
        // A consent may need a confirmation, which the outbox of consents starts.
        if (order.customer.consents.length > 0) wakeDrainer('consents');
        const status = takenAs(placed.kind === 'placed');
        const notes = withNotes([
          ...futureNotes('/placedAt', body.placedAt, now),
          ...nameNotes(order, brand),
          ...statusLinkNotes(body),
          ...linkNotes(brand, { '/statusUrl': order.statusUrl }),
          ...(placed.outlook ? unsendableNotes(order, placed.outlook, { brand, rules, now }) : []),
        ]);
        return { status: 202, body: { id: order.id, contact: placed.contact, status, ...notes } };
      },
    }),
    brandRoute({
      method: 'get',
      tag: 'Orders',
      operationId: 'listOrders',
      path: '/v1/orders',
      scope: 'orders:read',
      summary: 'Lists orders, newest first.',
      query: listQuery,
      answers: { 200: { description: 'A page of orders', schema: ordersAnswer } },
      problems: [],
      handle: async ({ brand, query }) => {
        const page = await listOrders(db, brand.id, query);
        if (!page) throw badCursor();
        const { orders, next } = page;
        const shown = orders.map(({ id, name, contact, placedAt }) => ({
          id,
          name,
          contact,
          placedAt: placedAt === null ? null : new Date(placedAt).toISOString(),
        }));
        return { status: 200, body: { orders: shown, ...(next !== undefined && { next }) } };
      },
    }),
    brandRoute({
      method: 'get',
      tag: 'Orders',
      operationId: 'readOrder',
      path: '/v1/orders/:id',
      scope: 'orders:read',
      summary: 'State, plan and timeline of an order, with the reason of everything that was moved or not sent.',
      id: orderId,
      subject: 'order',
      query: orderQuery,
      answers: { 200: { description: 'The order', schema: orderAnswer } },
      problems: ['not_found'],
      handle: async ({ brand, id, query, now }) => {
        const view = await orderView(db, brand.id, id, now, query);
        if (!view) throw notFound('order');
        // A link opens more than the scope does: on its page a key of the shop could take back the customer's own STOP.
        const timeline = view.timeline.map((entry) =>
          'text' in entry ? { ...entry, text: withoutLinks(pageKeys.links, entry.text, now) } : entry,
        );
        return { status: 200, body: { ...view, timeline } };
      },
    }),
    brandRoute({
      method: 'post',
      tag: 'Orders',
      operationId: 'reportEvent',
      path: '/v1/orders/:id/events',
      scope: 'orders:write',
      summary: 'Reports an event, in any order and before the order itself if need be. Reporting it again is harmless.',
      id: orderId,
      subject: 'order',
      body: eventBody,
      answers: { 202: { description: 'Stored; its workflow is told', schema: acceptedEventAnswer } },
      problems: ['not_found', 'event_differs', 'too_many_events', 'too_many_parcels', 'order_erased', 'order_over'],
      handle: async ({ brand, actor, id, body, json, givenKey, now }) => {
        const parcel = 'parcel' in body ? body.parcel.id : undefined;
        const given = { '/id': body.id, '/parcel/id': parcel, 'Idempotency-Key': givenKey };
        const correction = await toCorrected(db, brand, id, body);
        await refuseNumbersOf(db, { brand: brand.id, order: id }, given, correction?.phone?.e164);
        const { event, notes } = await toEvent(db, { brand, order: id, body, json, now, zoneOf });
        const corrected = correction && { corrected: { correction, actor } };
        const stored = await (fresh?.takes()
          ? storeFreshEvent(deps, { ...event, ...corrected }, orderLimits, FRESH_FOR)
          : storeEvent(deps, { ...event, ...corrected }, orderLimits));
        const isFresh = typeof stored === 'object';
        if (isFresh) fresh?.take(stored);
        const result = isFresh ? 'stored' : stored;
        if (result === 'conflict') throw eventDiffers();
        if (result === 'erased') throw orderErased();
        if (result === 'over') throw orderOver();
        if (result === 'too_many_events') throw tooManyEvents(orderLimits.events);
        if (result === 'too_many_parcels') throw tooManyParcels(orderLimits.parcels);
        if (!isFresh) wakeDrainer(correction ? undefined : 'fact');
        return {
          status: 202,
          body: {
            id: body.id,
            order: id,
            status: takenAs(result !== 'duplicate'),
            ...withNotes([
              ...(result === 'repeated' ? [REPEATED_NOTE] : []),
              ...notes,
              ...linkNotes(brand, { '/parcel/trackingUrl': 'parcel' in body ? body.parcel.trackingUrl : undefined }),
              ...(await itemNotes(db, { brand: brand.id, order: id }, body)),
            ]),
          },
        };
      },
    }),
  ];
}

/** A shop's own JSON has other names for nearly every field: 20 unknown fields would not say what to do. */
function shopsOwnOrder(json: unknown): FieldError | undefined {
  const system = shopSystemOf(json);
  if (system === undefined) return undefined;
  const file = system === 'Shopify' ? 'ingest/shopify.ts' : 'ingest/woocommerce.ts';
  return {
    pointer: '',
    detail: `this looks like a ${system} order: see /docs#/Orders/placeOrder for the fields of an order here, and ${file} for a mapping`,
  };
}

const takenAs = (isNew: boolean): 'accepted' | 'duplicate' => (isNew ? 'accepted' : 'duplicate');

const REPEATED_NOTE: FieldError = {
  pointer: '/id',
  detail: 'counts for nothing: the same refund or return was reported under another id',
};

const LINK_NOTES: Readonly<Record<LinkProblem, string>> = {
  not_https: 'left out of texts: it is not an https link',
  unknown_host: "left out of texts: its host is none of the brand's links, of its linkHosts or of a known carrier",
};

/** Every text about an order has to name it, so none can be sent about one whose name is only a link or a number to call. */
function nameNotes({ name, customer }: Order, brand: Brand): readonly FieldError[] {
  if (cleanReference(name, ORDER_NAME[1], customer.locale ?? brand.locale) !== null) return [];
  return [{ pointer: '/name', detail: 'cannot stand in a text: a text that names the order is not sent' }];
}

/** Notes, by JSON pointer, on the links of an order or event that may not stand in a text. The order is taken in without those links. */
function linkNotes(brand: Brand, links: Readonly<Record<string, string | undefined>>): readonly FieldError[] {
  const hosts = linkHostsOf(brand);
  return Object.entries(links).flatMap(([pointer, link]) => {
    const problem = link === undefined ? undefined : linkProblem(link, hosts);
    return problem === undefined ? [] : [{ pointer, detail: LINK_NOTES[problem] }];
  });
}

/**
 * Notes on items that the order does not have. The event is taken in all the same: it has happened, and a shop may have exchanged an item
 * since the order was placed.
 */
async function itemNotes(
  db: Db,
  order: { readonly brand: string; readonly order: string },
  body: EventBody,
): Promise<readonly FieldError[]> {
  if (!('items' in body)) return [];
  const unknown = await unknownItems(db, order, body.items);
  return unknown.map((index) => ({ pointer: `/items/${index}`, detail: 'counts for nothing: no line of the order' }));
}

/** The link of an order whose page has a long address. It costs the link alone: a shop cannot shorten its addresses on the day it begins. */
function statusLinkNotes({ statusUrl }: OrderBody): readonly FieldError[] {
  if (statusUrl === undefined || statusUrl.length <= LONGEST_STATUS_LINK) return [];
  const detail = `texts go without it: it has ${statusUrl.length} characters, and a text has room for ${LONGEST_STATUS_LINK}`;
  return [{ pointer: '/statusUrl', detail }];
}

const FIELDS = { phone: '/customer/phone', consents: '/customer/consents' } as const;

/** Notes on the steps of the order's journey that will not be sent as things stand. */
function unsendableNotes(
  { customer, place }: Order,
  { steps, consents }: Outlook,
  { brand, rules, now }: { readonly brand: Brand; readonly rules: RuleData; readonly now: number },
): readonly FieldError[] {
  const { jurisdictions } = placeOf({ ...place, shopZone: customer.zone, address: customer.phone }, rules);
  const unsendable = unsendableSteps({
    brand,
    steps,
    phone: customer.phone,
    deliveredTo: place.country,
    consents,
    neverTexted: rules.neverTexted,
    rulesOf: (messageClass) => applyRules(rules.packs, jurisdictions, messageClass, now),
    now,
  });
  return unsendable.map(({ about, words }) => ({ pointer: FIELDS[about], detail: words }));
}

function withNotes(notes: readonly FieldError[]): { notes?: readonly FieldError[] } {
  return notes.length > 0 ? { notes } : {};
}
