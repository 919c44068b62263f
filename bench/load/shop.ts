/**
 * The shop of the bench: orders with one message for each of their events, and the times at which these messages
 * reach the provider.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { durationMs } from '../../domain/time/duration.ts';
import type { LoadParts } from './parts.ts';

/** A number that no order had before. */
export type OrderNumber = number;

/** Events that are posted at a time, in a flood. */
export const AT_ONCE = 8;
const POLL_MS = 5;
/** Placed this long ago, an order gets no confirmation any more. */
const WAITING_FOR = durationMs('3d');
/** If messages take longer than this, the bench has failed. */
const OUT_WITHIN_MS = 120_000;

export interface LoadShop {
  /** Orders that have not been placed. */
  take(count: number): readonly OrderNumber[];
  /**
   * Posts all events of a round, and the next round when the provider has all messages of the one before. Settles
   * when all receipts are stored.
   */
  flood(orders: readonly OrderNumber[], rounds: number): Promise<void>;
  /**
   * Posts events at a steady rate, without waiting for answers. Returns the ms from the 202 of each event to its
   * message at the provider.
   */
  steady(orders: readonly OrderNumber[], rounds: number, perSecond: number): Promise<readonly number[]>;
  /** Places orders that have no step due: their runs wait. */
  placeWaiting(orders: readonly OrderNumber[]): Promise<void>;
  /** The number of messages that the provider should have, and has. */
  counts(): { readonly expected: number; readonly out: number };
}

export function openLoadShop({ shop, vonage, assertAlive }: LoadParts): LoadShop {
  const told = new Set<OrderNumber>();
  let taken = 0;
  let expected = 0;

  async function tell(order: OrderNumber, round: number): Promise<number> {
    expected += 1;
    told.add(order);
    const now = new Date().toISOString();
    if (round === 0) await shop.placeOrder(orderBody(order, now));
    else await shop.report(idOf(order), eventBody(round, now));
    return Date.now();
  }

  async function allOut(): Promise<void> {
    const deadline = performance.now() + OUT_WITHIN_MS;
    while (vonage.messages().length < expected) {
      assertAlive();
      if (performance.now() > deadline)
        throw new Error(`${vonage.messages().length} of ${expected} messages are out: ${await oneMissing()}`);
      await sleep(POLL_MS);
    }
  }

  /** The order with the fewest messages. */
  async function oneMissing(): Promise<string> {
    const arrivals = Map.groupBy(vonage.messages(), ({ to }) => to);
    const count = (order: OrderNumber): number => arrivals.get(phoneOf(order))?.length ?? 0;
    const order = Array.from({ length: taken }, (_, index) => index).reduce((least, one) =>
      count(one) < count(least) && told.has(one) ? one : least,
    );
    return JSON.stringify(await shop.view(idOf(order)));
  }

  return {
    take(count) {
      taken += count;
      return Array.from({ length: count }, (_, index) => taken - count + index);
    },
    async flood(orders, rounds) {
      for (let round = 0; round < rounds; round += 1) {
        const left = orders.values();
        const lane = async (): Promise<void> => {
          for (const order of left) await tell(order, round);
        };
        await Promise.all(Array.from({ length: AT_ONCE }, lane));
        await allOut();
      }
      await vonage.deliverReceipts();
    },
    async steady(orders, rounds, perSecond) {
      const begun = performance.now();
      const posts: Promise<{ readonly order: OrderNumber; readonly round: number; readonly at: number }>[] = [];
      for (let round = 0; round < rounds; round += 1)
        for (const order of orders) {
          const early = begun + (posts.length * 1000) / perSecond - performance.now();
          if (early > 0) await sleep(early);
          posts.push(tell(order, round).then((at) => ({ order, round, at })));
        }
      const events = await Promise.all(posts);
      await allOut();
      await vonage.deliverReceipts();
      const arrivals = Map.groupBy(vonage.messages(), ({ to }) => to);
      return events.map(({ order, round, at }) => (arrivals.get(phoneOf(order))?.[round]?.acceptedAt ?? Infinity) - at);
    },
    async placeWaiting(orders) {
      const placedAt = new Date(Date.now() - WAITING_FOR).toISOString();
      const left = orders.values();
      const lane = async (): Promise<void> => {
        for (const order of left) await shop.placeOrder(orderBody(order, placedAt));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
    },
    counts: () => ({ expected, out: vonage.messages().length }),
  };
}

export function idOf(order: OrderNumber): string {
  return `order-${order}`;
}

function phoneOf(order: OrderNumber): string {
  return `+39348${String(2_000_000 + order)}`;
}

function orderBody(order: OrderNumber, placedAt: string): object {
  return {
    id: idOf(order),
    name: `#${order}`,
    placedAt,
    currency: 'EUR',
    total: '39.90',
    customer: { id: `customer-${order}`, firstName: 'Giulia', lastName: 'Rossi', phone: phoneOf(order), locale: 'it' },
    shippingAddress: { country: 'IT', region: 'MI', city: 'Milano', postcode: '20121' },
    items: [{ sku: 'MOKA-3', title: 'Moka 3 tazze', quantity: 1, price: '39.90' }],
  };
}

/**
 * Each event has a message that may be sent at any hour: every parcel of the order is shipped, and later out for
 * delivery.
 */
function eventBody(round: number, occurredAt: string): object {
  const parcel = { id: `parcel-${Math.ceil(round / 2)}` };
  const type = round % 2 === 1 ? 'parcel_shipped' : 'parcel_out_for_delivery';
  return { id: `event-${round}`, type, occurredAt, parcel };
}
