/** The orders of the herd drill: one message each. */
import { HOUR, MINUTE } from '../../../domain/time/duration.ts';
import type { JourneyDefinition } from '../../../domain/journey/journey.ts';
import type { MessageKind } from '../../../domain/sending/message.ts';
import type { Order } from '../../../domain/orders/order.ts';

export type HerdMessage = 'promotion' | 'news';

/** The promotion is due this long after an order was placed, so orders of one moment are a herd. */
const PROMOTION_AFTER = 10 * MINUTE;

export const HERD_KINDS = {
  promotion: 'loyalty_invitation',
  news: 'order_confirmation',
} as const satisfies Record<HerdMessage, MessageKind>;

/** The message is chosen by how the order is fulfilled. */
export const HERD_JOURNEY: JourneyDefinition = {
  name: 'herd',
  version: 1,
  steps: [
    { id: 'news', act: { send: HERD_KINDS.news }, when: 'placed', for: { fulfilment: ['shipped'] } },
    {
      id: 'promotion',
      act: { send: HERD_KINDS.promotion },
      when: 'placed',
      after: '10m',
      for: { fulfilment: ['digital'] },
    },
  ],
};

/** An order whose one message is due at `due` (epoch ms). Every number is another customer's. */
export function herdOrder(message: HerdMessage, number: number, due: number): Order {
  const id = `${message}-${number}`;
  const placedAt = message === 'news' ? due : due - PROMOTION_AFTER;
  return {
    id,
    name: `#${number}`,
    placedAt,
    total: { minor: 1990, currency: 'EUR' },
    fulfilment: message === 'news' ? 'shipped' : 'digital',
    customer: {
      id,
      phone: { e164: herdPhoneOf(message, number), country: 'NO' },
      zone: zoneAtNoon(due),
      consents: [
        { class: 'promotional', action: 'granted', wording: 'Yes, offers too.', source: 'checkout', at: placedAt },
      ],
    },
    // It has no hours of its own: promotions go out there from 9 to 20, on every day.
    place: { country: 'NO' },
    items: [],
  };
}

/** The same order as the API takes it. */
export function postedOrder({ id, name, placedAt, fulfilment, customer, place }: Order): object {
  const at = new Date(placedAt).toISOString();
  return {
    id,
    name,
    placedAt: at,
    currency: 'EUR',
    total: '19.90',
    fulfilment,
    customer: {
      id: customer.id,
      phone: customer.phone?.e164,
      timeZone: customer.zone,
      consents: customer.consents.map((consent) => ({ ...consent, at })),
    },
    shippingAddress: place,
    items: [],
  };
}

/** E.164. */
export function herdPhoneOf(message: HerdMessage, number: number): string {
  return `+47${message === 'news' ? 4 : 9}${5_000_000 + number}`;
}

/** A time zone where it is about noon: promotions may go out there, whenever the drill runs. */
function zoneAtNoon(now: number): string {
  const ahead = 12 - Math.floor((now / HOUR) % 24);
  if (ahead === 0) return 'Etc/GMT';
  // POSIX counts the other way round.
  return ahead > 0 ? `Etc/GMT-${ahead}` : `Etc/GMT+${-ahead}`;
}
