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
import type { OrderCounts } from '../../db/orders/order-row.ts';
import { countEvent, ensureOrder, lockForEvent, nameContact } from '../../db/orders/order-row.ts';
import type { ParcelDetails } from '../../db/orders/parcels.ts';
import { isKnownParcel, saveParcel } from '../../db/orders/parcels.ts';
import { orRepetitionOf } from '../../db/orders/repeated-events.ts';
import type { StoredAtOnce } from '../../db/orders/store-event.ts';
import { storeAtOnce } from '../../db/orders/store-event.ts';

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
    const order = (await lockForEvent(trx, event)) ?? (await newOrder(trx, event));
    if (order.erased_at) return 'erased';
    if (order.facts_removed_at && order.contact_id !== null) return 'over';
    const over = await overLimit(trx, event, order, limits);
    if (over) return (await knownFact(trx, event)) ?? over;
    const hasCome = order.contact_id !== null;
    const repeated = await orRepetitionOf(trx, event, order.total_minor);
    const payload = hasCome && !repeated ? await withPart(trx, event, event) : event.payload;
    const result = await storeFact(trx, repeated ?? { ...event, payload, applied: !hasCome });
    if (result !== 'stored') return result;
    const isNewParcel = event.parcel !== undefined && (await saveParcel(trx, event, event.parcel));
    if (event.corrected) await storeCorrection(own, event, event.corrected);
    await countEvent(trx, event, order, { isNewParcel });
    const row = rowOf(event.type);
    if (hasCome && !repeated && row?.givesBack) await markGivenBack(trx, event.brand, event.order, event.at);
    if (row?.changesContact && order.contact_id !== null) await refreshDetails(trx, order.contact_id);
    return repeated ? 'repeated' : result;
  });
}

/**
 * The row is made only after it was not found, because most events belong to orders that have come. Two transactions
 * that make it get the same row.
 */
async function newOrder(trx: Db, event: NewEvent): Promise<OrderCounts> {
  await ensureOrder(trx, event.brand, event.order, event.now);
  const order = await lockForEvent(trx, event);
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
  if (contact !== undefined) await nameContact(store.db, { brand, order, source, id }, contact);
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
  return (await isKnownParcel(trx, { brand, order }, parcel.id)) ? undefined : 'too_many_parcels';
}
