/** Turns the body of an event into what is stored: the part that needs the order, the brand or the clock. */
import type { Db } from '../../db/connection/connect.ts';
import type { NewEvent } from '../../commands/orders/report-event.ts';
import { countryOfOrder, deliveryOfOrder, totalOfOrder } from '../../queries/orders/delivery-of-order.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import type { WireField } from '../../domain/orders/event-row.ts';
import { EVENTS } from '../../domain/orders/events.ts';
import type { Correction } from '../../domain/orders/correction.ts';
import { withoutLongLink } from '../../domain/orders/link-hosts.ts';
import { contentHash } from '../http/json.ts';
import { decimalsOf, toMinor } from './money.ts';
import type { FieldError } from '../http/problem.ts';
import { invalid } from '../http/problem.ts';
import type { ZoneOf } from './read-order.ts';
import {
  futureNotes,
  happenedAt,
  readMoment,
  pastErrors,
  promiseErrors,
  promiseOfOrderErrors,
  toCorrection,
} from './read-order.ts';
import type { EventBody, FieldKind, FieldValue } from './event-schema.ts';

interface EventRequest {
  readonly brand: Brand;
  readonly order: string;
  readonly body: EventBody;
  readonly json: unknown;
  readonly now: number;
  readonly zoneOf: ZoneOf;
}

interface ReadEvent {
  readonly event: NewEvent;
  /** Notes about values that were not taken as they were said. */
  readonly notes: readonly FieldError[];
}

/** Mistakes and notes, in the order in which they are found. */
interface Found {
  readonly errors: FieldError[];
  readonly notes: FieldError[];
}

/** Throws the problem `invalid`. */
export async function toEvent(db: Db, request: EventRequest): Promise<ReadEvent> {
  const { brand, order, body, json, now } = request;
  const found: Found = {
    errors: pastErrors('/occurredAt', body.occurredAt, now),
    notes: futureNotes('/occurredAt', body.occurredAt, now),
  };
  const { at = happenedAt(body.occurredAt, now), payload } = await storedOf(db, request, found);
  if (found.errors.length > 0) throw invalid(found.errors);
  const event = {
    brand: brand.id,
    order,
    source: 'api',
    id: body.id,
    type: body.type,
    at,
    payload,
    requestHash: contentHash(json),
    now,
    ...('parcel' in body && { parcel: withoutLongLink(body.parcel) }),
  } as const;
  return { event, notes: found.notes };
}

/** Throws the problem `invalid`. Undefined: the event is no correction. */
export async function toCorrected(
  db: Db,
  brand: Brand,
  order: string,
  body: EventBody,
): Promise<Correction | undefined> {
  if (body.type !== 'order_corrected') return undefined;
  const errors: FieldError[] = [];
  const country = (await countryOfOrder(db, brand.id, order)) ?? brand.country;
  const correction = toCorrection(body, country, errors);
  if (errors.length > 0) throw invalid(errors);
  return correction;
}

interface Stored {
  /** Ids, numbers, moments and words. The words about a parcel are kept with the parcel, those about the customer with the order. */
  readonly payload: object;
  /** The moment at which the event counts as having happened, if not as it was said. */
  readonly at?: number;
}

interface Given<Kind extends FieldKind> {
  readonly name: string;
  readonly value: FieldValue<Kind>;
  readonly db: Db;
  readonly request: EventRequest;
  readonly found: Found;
}

/** The stored value of a field, by its kind. A kind that is not here does not compile. */
const STORED: { readonly [Kind in FieldKind]: (given: Given<Kind>) => Stored | Promise<Stored> } = {
  text: asSaid,
  count: asSaid,
  items: asSaid,
  parcel: ({ name, value }) => ({ payload: { [name]: value.id } }),
  amount: async ({ value, db, request, found }) => ({
    payload: await refundMinor(db, request, { amount: value, ...currencyOf(request.body) }, found),
  }),
  // Beside an amount it is read with that.
  currency: async ({ value, db, request, found }) => ({
    payload: 'amount' in request.body ? {} : await refundMinor(db, request, { currency: value }, found),
  }),
  promise: ({ value, db, request, found }) => toPromise(db, request, value, found),
  customer: () => ({ payload: {} }),
  address: () => ({ payload: {} }),
};

function asSaid({ name, value }: Given<'text' | 'count' | 'items'>): Stored {
  return { payload: { [name]: value } };
}

function currencyOf(body: EventBody): { currency?: string } {
  return 'currency' in body ? { currency: body.currency } : {};
}

async function storedOf(db: Db, request: EventRequest, found: Found): Promise<Stored> {
  const { body } = request;
  const said: Readonly<Record<string, unknown>> = { ...body };
  const stored: Stored[] = [];
  for (const [name, { kind }] of Object.entries<WireField>(EVENTS[body.type].says)) {
    if (said[name] === undefined) continue;
    const given = { name, value: said[name] as never, db, request, found };
    stored.push(await STORED[kind](given));
  }
  return stored.reduce((all, { payload, ...at }) => ({ ...all, ...at, payload: { ...all.payload, ...payload } }), {
    payload: {},
  });
}

/**
 * An amount is in the order's currency. A refund that comes before its order has to name the currency. Zero is a
 * mistake, because a text would say that money is on its way. An amount above the total is stored, since a shop may
 * pay more than it took. No text prints it, because it is more often a typo.
 */
async function refundMinor(
  db: Db,
  { brand, order }: EventRequest,
  { amount, currency: said }: { amount?: string; currency?: string },
  { errors, notes }: Found,
): Promise<{ amountMinor?: number; currency?: string }> {
  const total = await totalOfOrder(db, brand.id, order);
  if (total && said !== undefined && said !== total.currency) {
    errors.push({ pointer: '/currency', detail: 'must be the currency of the order' });
    return {};
  }
  if (amount === undefined) return {};
  const currency = total?.currency ?? said;
  if (currency === undefined) {
    errors.push({ pointer: '/currency', detail: 'is missing: it is needed until the order itself has come' });
    return {};
  }
  const minor = toMinor(amount, currency);
  if (minor === undefined)
    errors.push({ pointer: '/amount', detail: `must have ${decimalsOf(currency)} at most: it is in ${currency}` });
  else if (minor === 0) errors.push({ pointer: '/amount', detail: 'must be more than nothing' });
  else if (total && minor > total.minor)
    notes.push({ pointer: '/amount', detail: 'is left out of texts: it is more than the total of the order' });
  return { ...(minor !== undefined && { amountMinor: minor }), ...(!total && { currency }) };
}

/**
 * A date is stored as it was said until the order has come, because only then is it known where its day ends. Delays
 * are counted from the first promise, so the order's own promise has to be earlier than that of any event. A promise
 * that claims to be older than the order counts as made just after it. With the very moment of the order, the nearer
 * of two dates would be the first promise, and the order's own would be a delay.
 */
async function toPromise(
  db: Db,
  { brand, order, body, now, zoneOf }: EventRequest,
  promised: number | string,
  { errors, notes }: Found,
): Promise<Stored> {
  const delivery = await deliveryOfOrder(db, brand.id, order);
  const promisedAt = readMoment(promised, (delivery && zoneOf(delivery.place)) ?? brand.zone);
  errors.push(...promiseErrors('/promisedAt', promisedAt, now));
  const payload = { promisedAt, ...(typeof promised === 'string' && !delivery && { promisedOn: promised }) };
  if (!delivery) return { payload };
  const { placedAt } = delivery;
  errors.push(...promiseOfOrderErrors('/promisedAt', promisedAt, placedAt));
  if (happenedAt(body.occurredAt, now) >= placedAt) return { payload };
  notes.push({ pointer: '/occurredAt', detail: 'is before the order was placed: it was taken as just after it' });
  return { at: placedAt + 1, payload };
}
