/**
 * Orders and their events. An order or event that is answered with 202 is stored; the drainer then tells the
 * workflow.
 */
import { placeOf } from '../../domain/place/contact-place.ts';
import { storeEvent, storeFreshEvent } from '../../commands/orders/report-event.ts';
import { listOrders } from '../../queries/orders/order-heads.ts';
import { placeOrder } from '../../commands/orders/place-order.ts';
import { orderView } from '../../queries/orders/timeline.ts';
import { LONGEST_STATUS_LINK } from '../../domain/orders/link-hosts.ts';
import { shopSystemOf } from '../../ingest/foreign-order.ts';
import { withoutLinks } from '../../pages/link.ts';
import { shopsPathOf } from '../../pages/reference/shops.ts';
import type { AppDeps } from '../http/deps.ts';
import { FRESH_FOR } from '../../engine/fresh-facts.ts';
import { contentHash } from '../http/json.ts';
import { refuseNumbers, refuseNumbersOf } from './ids.ts';
import type { FieldError } from '../http/problem.ts';
import {
  eventDiffers,
  notFound,
  orderDiffers,
  orderErased,
  orderOver,
  tooManyEvents,
  tooManyParcels,
} from '../http/problem.ts';
import { REPEATED_NOTE, itemNotes, linkNotes, nameNotes, trackingNotes, unsendableNotes, withNotes } from './notes.ts';
import { toCorrected, toEvent } from './read-event.ts';
import type { ZoneOf } from './read-order.ts';
import { futureNotes, phoneMistake, toOrder } from './read-order.ts';
import { orderId } from '../http/request-values.ts';
import { eventBody } from './event-schema.ts';
import {
  acceptedAnswer,
  acceptedEventAnswer,
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
          ...linkNotes(brand, '/statusUrl', body.statusUrl, LONGEST_STATUS_LINK),
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
        const { orders, next } = await listOrders(db, brand.id, query);
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
        // A link opens more than this scope allows: with it, a shop's key could take back the customer's own STOP on
        // the page.
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
              ...trackingNotes(brand, body),
              ...(await itemNotes(db, { brand: brand.id, order: id }, body)),
            ]),
          },
        };
      },
    }),
  ];
}

/** A shop's own JSON has other names for nearly every field. A list of 20 unknown fields would not say what to do. */
function shopsOwnOrder(json: unknown): FieldError | undefined {
  const system = shopSystemOf(json);
  if (system === undefined) return undefined;
  return {
    pointer: '',
    detail: `this looks like a ${system} order: see ${shopsPathOf(system)} on this server for which of its fields goes where`,
  };
}

const takenAs = (isNew: boolean): 'accepted' | 'duplicate' => (isNew ? 'accepted' : 'duplicate');
