/**
 * The table of events about one order: one row a type. A new event is a row here; a fact that nothing else says is a field of facts.ts, too. The
 * API's schema, the stored row, the fold, the statements' lists of types and the timeline are made from the rows.
 *
 * An event has an id, happened at a moment, and tells the run ids and numbers only: it travels through Temporal histories, where no name,
 * number, address or text may stand.
 */
import type { EventHead, EventRow, EventFields, WireFields } from './event-row.ts';
import { REPEATED_TYPES, known, reported } from './event-row.ts';
import {
  earliest,
  learnMoment,
  learnParcel,
  learnParcelCount,
  learnPlacement,
  learnPromise,
  learnRefundPart,
  learnReturn,
  learnScore,
} from './facts-draft.ts';
import type { ParcelMoment } from './facts.ts';

const PARCEL_COUNT = { kind: 'count', most: 100, optional: true } as const;

/** One object for all of them, because the API describes events of one form together. */
const PARCEL_SAYS = { parcel: { kind: 'parcel' }, parcelCount: PARCEL_COUNT } as const;
const PARCEL_TELLS = { parcel: 'id', parcelCount: 'count?' } as const;

function ofParcel(moment: ParcelMoment) {
  return reported({
    says: PARCEL_SAYS,
    tells: PARCEL_TELLS,
    learn: (draft, event) => learnParcel(draft, event, moment),
  });
}

export const EVENTS = {
  order_placed: known({
    tells: { placement: 'placement' },
    readFirst: true,
    // It is known wherever something is planned.
    plansNothing: true,
    learn: (draft, { at, placement }) => learnPlacement(draft, at, placement),
  }),
  order_cancelled: reported({
    says: {},
    tells: {},
    ends: 'order_cancelled',
    readFirst: true,
    neverMissed: true,
    learn: ({ once }, { at }) => {
      once.cancelledAt = earliest(once.cancelledAt, at);
    },
  }),
  order_updated: reported({
    about:
      '`parcelCount`: of the whole order, where it has changed. The count that was said last holds, a lower one too.',
    says: { parcelCount: PARCEL_COUNT },
    tells: { parcelCount: 'count?' },
    learn: (draft, { id, at, parcelCount }) => {
      learnParcelCount(draft, at, parcelCount);
      learnMoment(draft, 'updates', id, at);
    },
  }),
  return_received: reported({
    about: 'Without `items` the whole order came back, which ends its conversation.',
    says: { items: { kind: 'items', optional: true } },
    tells: { part: 'part?' },
    ends: 'order_returned',
    givesBack: true,
    readFirst: true,
    neverMissed: true,
    repeatedAs: 'return_repeated',
    learn: (draft, { id, at, part }) => {
      if (part) learnReturn(draft, id, { at, ...part });
      else draft.once.returnedAt = earliest(draft.once.returnedAt, at);
    },
  }),
  refund_issued: reported({
    about:
      'With neither `amount` nor `items` the whole order was refunded, which ends its conversation. An `amount` above the total of the order is left out of texts. So do parts that add up to it. The id is that of the refund: one that is reported under two ids is told once where that shows.',
    says: {
      amount: { kind: 'amount', optional: true },
      currency: { kind: 'currency', optional: true },
      items: { kind: 'items', optional: true },
    },
    tells: { amountMinor: 'minor?', part: 'part?' },
    ends: 'order_refunded',
    givesBack: true,
    neverMissed: true,
    repeatedAs: 'refund_repeated',
    learn: (draft, event) => {
      learnRefundPart(draft, event);
      learnMoment(draft, 'refunds', event.id, event.at);
    },
  }),
  parcel_shipped: ofParcel('shippedAt'),
  parcel_out_for_delivery: ofParcel('outForDeliveryAt'),
  parcel_ready_for_pickup: ofParcel('readyForPickupAt'),
  parcel_delivery_failed: ofParcel('failedAt'),
  // It stops the news of a parcel's way.
  parcel_delivered: { ...ofParcel('deliveredAt'), neverMissed: true },
  delivery_promised: reported({
    about: 'One that is said to be older than its order counts as made just after it.',
    says: { promisedAt: { kind: 'promise' } },
    tells: { promisedAt: 'moment' },
    learn: (draft, { at, promisedAt }) => learnPromise(draft, { at, promisedAt }),
  }),
  tier_reached: reported({
    says: { tier: { kind: 'text', most: 40, optional: true } },
    tells: {},
    changesContact: true,
    learn: (draft, { id, at }) => learnMoment(draft, 'tiers', id, at),
  }),
  order_corrected: reported({
    about: 'A wrong number, name or address of an order under way. Name and address are replaced as a whole.',
    says: { customer: { kind: 'customer', optional: true }, shippingAddress: { kind: 'address', optional: true } },
    // The contact of the new number, if the number was corrected and no later correction holds.
    tells: { contact: 'id?' },
    readFirst: true,
    neverMissed: true,
    // A new contact does not change the facts: the run and the database keep it.
    learn: () => {},
  }),
  case_opened: known({
    tells: { case: 'id' },
    learn: (draft, event) => learnMoment(draft, 'casesOpened', event.case, event.at),
  }),
  case_closed: known({
    tells: { case: 'id' },
    learn: (draft, event) => learnMoment(draft, 'casesClosed', event.case, event.at),
  }),
  // Answers of the customer: 1-5 for a rating, 0-10 for an nps. The words stay in the database.
  rated: known({ tells: { score: 'score' }, learn: (draft, event) => learnScore(draft, 'rating', event) }),
  nps_given: known({ tells: { score: 'score' }, learn: (draft, event) => learnScore(draft, 'nps', event) }),
  // The provider's report of a message whose step has another channel to turn to. `message`: its id in the ledger.
  message_status: known({ tells: { message: 'id', status: 'outcome' }, plansNothing: true }),
} satisfies Readonly<Record<string, EventRow>>;

type Events = typeof EVENTS;
export type EventType = keyof Events;
/** Types that a shop reports. */
export type ReportedType = {
  [Type in EventType]: Events[Type] extends { readonly says: WireFields } ? Type : never;
}[EventType];

type FactOf<Type extends EventType> = {
  [Each in Type]: EventHead & { readonly type: Each } & EventFields<Events[Each]['tells']>;
}[Type];

export type Fact = FactOf<EventType>;
export type CustomerReply = FactOf<'rated' | 'nps_given'>;
export type MessageStatus = FactOf<'message_status'>;
export type OrderEvent = Exclude<Fact, CustomerReply | MessageStatus>;

/** In the order of the table. */
export const EVENT_TYPES = Object.keys(EVENTS) as readonly EventType[];
export const REPORTED_TYPES = EVENT_TYPES.filter((type): type is ReportedType => 'says' in EVENTS[type]);

/** Undefined: this version does not know the type. */
export function rowOf(type: string): EventRow | undefined {
  return Object.hasOwn(EVENTS, type) ? EVENTS[type as EventType] : undefined;
}

/** The types whose row has a trait, in the order of the table. */
export function typesThat(has: (row: EventRow) => boolean): readonly EventType[] {
  return EVENT_TYPES.filter((type) => has(EVENTS[type]));
}

/** The events that the timeline shows as they were reported. Answers, cases and messages it shows from tables of their own. */
export const SHOWN_TYPES = ['order_placed', ...REPORTED_TYPES, ...REPEATED_TYPES] as const;

type TextOf<Type extends ReportedType> = Type extends ReportedType
  ? {
      [Name in keyof Events[Type]['says']]: Events[Type]['says'][Name] extends { readonly kind: 'text' } ? Name : never;
    }[keyof Events[Type]['says']]
  : never;
/** Names of the fields that hold words. */
export type TextName = TextOf<ReportedType>;
export const TEXT_NAMES = [
  ...new Set(
    REPORTED_TYPES.flatMap((type) => Object.entries<WireFields[string]>(EVENTS[type].says))
      .filter(([, { kind }]) => kind === 'text')
      .map(([name]) => name),
  ),
] as readonly string[] as readonly TextName[];
