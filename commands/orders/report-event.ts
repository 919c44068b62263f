import type { Correction } from '../../domain/orders/correction.ts';
import { rowOf } from '../../domain/orders/events.ts';
import type { OrderLimits } from '../../domain/orders/order.ts';
import { ORDER_LIMITS } from '../../domain/orders/order.ts';
import type { Store, StoreInTransaction } from '../../db/addresses/store.ts';
import { inTransaction } from '../../db/addresses/store.ts';
import type { Db } from '../../db/connection/connect.ts';
import { retryDeadlock } from '../../db/connection/unavailable.ts';
import { applyCorrection } from './correct-order.ts';
import { withPart } from '../../db/orders/early-facts.ts';
import { markGivenBack } from '../../db/orders/given-back.ts';
import { refreshDetails } from '../../db/contacts/details.ts';
import type { FreshFact, NewFact } from '../../db/orders/inbox.ts';
import { freshFact, knownFact, storeFact } from '../../db/orders/inbox.ts';
import { ensureOrder } from './place-order.ts';
import { asRepeated } from '../../db/orders/repeated-events.ts';
import type { StoredAtOnce } from '../../db/orders/store-event.ts';
import { storeAtOnce } from '../../db/orders/store-event.ts';
import { timestamp } from '../../db/connection/timestamp.ts';

export interface ParcelDetails {
  readonly id: string;
  readonly carrier?: string;
  readonly trackingNumber?: string;
  readonly trackingUrl?: string;
  readonly pickupPlace?: string;
}

export interface ReportedCorrection {
  readonly correction: Correction;
  /** The reporter, for the record. */
  readonly actor: string;
}

export interface NewEvent extends NewFact {
  readonly parcel?: ParcelDetails;
  readonly corrected?: ReportedCorrection;
}

export type StoredEvent =
  | 'stored'
  /** The event is stored but changes nothing, because the same refund or return was reported under another id. */
  | 'repeated'
  | 'duplicate'
  | 'conflict'
  | 'erased'
  /** The events of the order were removed long after its end, so it is unknown whether this one is a duplicate. */
  | 'over'
  | 'too_many_events'
  | 'too_many_parcels';

/**
 * Stores an event of an order system with what it says about a parcel or the customer, in one transaction. An order that has not come yet
 * gets a row to wait in, and its workflow is told when it has come: until then we do not know whether an id is the customer's number.
 * Parcels are numbered in the order they become known; known details of a parcel stay, later events fill the gaps. The order of an erased
 * person takes no more events, nor does one that has reached a limit; an event that it already has is a duplicate even then. The order's
 * row is locked, so that two events at once count as two.
 */
export async function storeEvent(store: Store, event: NewEvent, limits = ORDER_LIMITS): Promise<StoredEvent> {
  return (await atOnce(store.db, event, limits, undefined)) ? 'stored' : slowly(store, event, limits);
}

/**
 * The same for a process whose drainer has nothing else to tell: it tells what is returned as a fresh fact, and within `claimMs`. No other
 * drainer does until then.
 */
export async function storeFreshEvent(
  store: Store,
  event: NewEvent,
  limits: OrderLimits,
  claimMs: number,
): Promise<StoredEvent | FreshFact> {
  const stored = await atOnce(store.db, event, limits, claimMs);
  if (!stored) return slowly(store, event, limits);
  const { row, until, placed } = stored;
  return until === undefined ? 'stored' : freshFact(event, { row, until, placed });
}

// A receipt locks a message and then its contact; this transaction locks them in the other order.
function slowly(store: Store, event: NewEvent, limits: OrderLimits): Promise<StoredEvent> {
  return retryDeadlock(() => storeOnce(store, event, limits));
}

async function atOnce(
  db: Db,
  event: NewEvent,
  limits: OrderLimits,
  claimMs: number | undefined,
): Promise<StoredAtOnce | undefined> {
  if (event.corrected) return undefined;
  const most = { events: limits.events + roomFor(event.type), parcels: limits.parcels };
  return retryDeadlock(() => storeAtOnce(db, event, most, claimMs));
}

function storeOnce(store: Store, event: NewEvent, limits: OrderLimits): Promise<StoredEvent> {
  return inTransaction(store, async (own) => {
    const { db: trx } = own;
    const order = (await lockOrder(trx, event)) ?? (await newOrder(trx, event));
    if (order.erased_at) return 'erased';
    if (order.facts_removed_at && order.contact_id !== null) return 'over';
    const over = await overLimit(trx, event, order, limits);
    if (over) return (await knownFact(trx, event)) ?? over;
    const hasCome = order.contact_id !== null;
    const repeated = await asRepeated(trx, event, order.total_minor);
    const payload = hasCome && !repeated ? await withPart(trx, event, event) : event.payload;
    const result = await storeFact(trx, repeated ?? { ...event, payload, applied: !hasCome });
    if (result !== 'stored') return result;
    const isNewParcel = event.parcel !== undefined && (await saveParcel(trx, event, event.parcel));
    if (event.corrected) await storeCorrection(own, event, event.corrected);
    await trx('orders')
      .where({ brand_id: event.brand, id: event.order })
      .update({
        event_count: order.event_count + 1,
        parcel_count: order.parcel_count + (isNewParcel ? 1 : 0),
        ...(event.type === 'order_cancelled' && {
          cancelled_at: trx.raw('least(cancelled_at, cast(? as timestamptz))', [timestamp(event.at)]),
        }),
        ...(order.facts_removed_at && { facts_removed_at: null, facts_looked_at: new Date(event.now) }),
      });
    const row = rowOf(event.type);
    if (hasCome && !repeated && row?.givesBack) await markGivenBack(trx, event.brand, event.order, event.at);
    if (row?.changesContact && order.contact_id !== null) await refreshDetails(trx, order.contact_id);
    return repeated ? 'repeated' : result;
  });
}

async function lockOrder(trx: Db, { brand, order }: NewEvent): Promise<OrderCounts | undefined> {
  return trx('orders')
    .where({ brand_id: brand, id: order })
    .forNoKeyUpdate()
    .first('contact_id', 'total_minor', 'erased_at', 'facts_removed_at', 'event_count', 'parcel_count');
}

/**
 * The row is made only after it was not found, because most events belong to orders that have come. Two transactions
 * that make it get the same row.
 */
async function newOrder(trx: Db, event: NewEvent): Promise<OrderCounts> {
  await ensureOrder(trx, event.brand, event.order, event.now);
  const order = await lockOrder(trx, event);
  if (!order) throw new Error('an order that was just stored is gone');
  return order;
}

/** The stored fact names the contact of the new number. The number itself is not stored in it. */
async function storeCorrection(
  store: StoreInTransaction,
  { brand, order, source, id, at, now }: NewEvent,
  { correction, actor }: ReportedCorrection,
): Promise<void> {
  const contact = await applyCorrection(store, { brand, order, id, at, correction, actor, now });
  if (contact !== undefined)
    await store
      .db('inbox')
      .where({ brand_id: brand, order_id: order, source, event_id: id })
      .update({ payload: JSON.stringify({ contact }) });
}

interface OrderCounts {
  readonly contact_id: string | null;
  /** Null while the order itself has not come. */
  readonly total_minor: number | null;
  readonly erased_at: Date | null;
  readonly facts_removed_at: Date | null;
  readonly event_count: number;
  readonly parcel_count: number;
}

/**
 * Room beyond the limit for events that stop messages or turn them to another number. Without them the messages of an order at its limit would
 * go on as if nothing had happened. 100 parcels each arrive once, and 20 more are for the others.
 */
const ROOM_FOR_NEVER_MISSED = 120;

function roomFor(type: string): number {
  return rowOf(type)?.neverMissed ? ROOM_FOR_NEVER_MISSED : 0;
}

async function overLimit(
  trx: Db,
  { brand, order, type, parcel }: NewEvent,
  { event_count: events, parcel_count: parcels }: OrderCounts,
  limits: OrderLimits,
): Promise<'too_many_events' | 'too_many_parcels' | undefined> {
  if (events >= limits.events + roomFor(type)) return 'too_many_events';
  if (!parcel || parcels < limits.parcels) return undefined;
  const known: unknown = await trx('parcels').where({ brand_id: brand, order_id: order, id: parcel.id }).first('id');
  return known === undefined ? 'too_many_parcels' : undefined;
}

/** True if the parcel was not known yet. */
async function saveParcel(trx: Db, { brand, order }: NewEvent, parcel: ParcelDetails): Promise<boolean> {
  const { rows } = await trx.raw<{ rows: { is_new: boolean }[] }>(
    `insert into parcels (brand_id, order_id, id, number, carrier, tracking_number, tracking_url, pickup_place)
       select :brand, :order, :id, coalesce(max(number), 0) + 1, :carrier, :trackingNumber, :trackingUrl, :pickupPlace
         from parcels where brand_id = :brand and order_id = :order
     on conflict (brand_id, order_id, id) do update set
       carrier = coalesce(parcels.carrier, excluded.carrier),
       tracking_number = coalesce(parcels.tracking_number, excluded.tracking_number),
       tracking_url = coalesce(parcels.tracking_url, excluded.tracking_url),
       pickup_place = coalesce(parcels.pickup_place, excluded.pickup_place)
     returning xmax = 0 as is_new`,
    {
      brand,
      order,
      id: parcel.id,
      carrier: parcel.carrier ?? null,
      trackingNumber: parcel.trackingNumber ?? null,
      trackingUrl: parcel.trackingUrl ?? null,
      pickupPlace: parcel.pickupPlace ?? null,
    },
  );
  return rows[0]?.is_new === true;
}
