/** The row of an order, as the verbs that place, correct and follow it read and write it. */
import type { CorrectedBy, CorrectedPart } from '../../domain/orders/correction.ts';
import type { CompiledJourney } from '../../domain/journey/compiled-form.ts';
import type { CustomerHistory } from '../../domain/journey/journey.ts';
import { BASE_CHANNEL } from '../../domain/sending/message.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import type { ItemColumns, OrderColumns } from './place-at-once.ts';
import { rememberJourney } from './place-at-once.ts';

interface OrderRef {
  readonly brand: string;
  readonly order: string;
}

/** `orders.corrected`: for each part the correction that holds; for the number also the contact that it names. */
export type Corrected = { readonly [Part in CorrectedPart]?: CorrectedBy & { readonly contact?: string } };

/** A row for an order of which only events are known, so that they have an order to belong to. */
export async function ensureOrder(trx: Db, brand: string, id: string, now: number): Promise<void> {
  await trx('orders')
    .insert({ brand_id: brand, id, created_at: new Date(now) })
    .onConflict(['brand_id', 'id'])
    .ignore();
}

export interface KnownOrder {
  contact_id: string | null;
  request_hash: Buffer | null;
  erased_at: Date | null;
  corrected: Corrected;
  first_name: string | null;
  last_name: string | null;
  /** Null until it was placed. */
  history: CustomerHistory | null;
}

/** Locks an order that is being placed. Its row exists. */
export async function lockToPlace(trx: Db, brand: string, id: string): Promise<KnownOrder> {
  return trx('orders')
    .where({ brand_id: brand, id })
    .forUpdate()
    .first('contact_id', 'request_hash', 'erased_at', 'corrected', 'first_name', 'last_name', 'history');
}

/** Orders that a contact has placed, `most` at most. */
export async function countOrders(trx: Db, contact: string, most: number): Promise<number> {
  const known = await trx('orders').where({ contact_id: contact }).orderBy('placed_at').limit(most).select('id');
  return known.length;
}

export interface FilledOrder extends OrderRef {
  readonly contact: string;
  /** Columns of the customer's details. */
  readonly customer: object;
  readonly columns: OrderColumns;
  readonly journey: CompiledJourney;
  readonly requestHash: Buffer;
}

/** Stores an order in the row that waits for it. */
export async function fillPlaced(
  trx: Db,
  { brand, order, contact, customer, columns, journey, requestHash }: FilledOrder,
): Promise<void> {
  const text = JSON.stringify(journey);
  const [row] = await trx('orders')
    .where({ brand_id: brand, id: order })
    .update({
      contact_id: contact,
      ...customer,
      ...columns,
      details: JSON.stringify(columns.details),
      // Stored once, however many orders follow it.
      journey_hash: trx.raw('keep_journey(cast(? as jsonb))', [text]),
      request_hash: requestHash,
      // Set if only events of this order had been known for a long time.
      facts_removed_at: null,
    })
    .returning<{ journey_hash: Buffer }[]>('journey_hash');
  if (row) rememberJourney(text, row.journey_hash);
}

export async function insertItems(trx: Db, { brand, order }: OrderRef, items: readonly ItemColumns[]): Promise<void> {
  if (items.length === 0) return;
  const head = { brand_id: brand, order_id: order };
  await trx('items').insert(
    items.map(({ product, ...item }) => ({ ...head, ...item, product: JSON.stringify(product) })),
  );
}

/** The number of the contact in a correction. */
interface CorrectedNumber {
  readonly address: string;
  readonly country: string | null;
  readonly has_orders: boolean;
}

/** The number of a contact that a correction has made. Undefined: the person was erased. */
export async function correctedNumber(trx: Db, contact: string): Promise<CorrectedNumber | undefined> {
  return trx('addresses')
    .join('contacts', 'contacts.id', 'addresses.contact_id')
    .where({ contact_id: contact, channel: BASE_CHANNEL, erased_at: null })
    .first(
      'address',
      'addresses.country',
      trx.raw('exists (select from orders o where o.contact_id = contacts.id) as has_orders'),
    );
}

/** The corrections of an order that named one contact name another. */
export async function renameContact(
  trx: Db,
  { brand, order }: OrderRef,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  await trx('inbox')
    .where({ brand_id: brand, order_id: order, type: 'order_corrected' })
    .whereRaw("payload->>'contact' = ?", [from])
    .update({ payload: JSON.stringify({ contact: to }) });
}

/** The stored correction names the contact of the new number. The number itself is not stored in it. */
export async function nameContact(
  trx: Db,
  { brand, order, source, id }: OrderRef & { readonly source: string; readonly id: string },
  contact: string,
): Promise<void> {
  await trx('inbox')
    .where({ brand_id: brand, order_id: order, source, event_id: id })
    .update({ payload: JSON.stringify({ contact }) });
}

export interface CorrectableOrder {
  readonly contact_id: string | null;
  readonly placed_at: Date | null;
  readonly customer_id: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly corrected: Corrected;
}

export async function readToCorrect(trx: Db, brand: string, id: string): Promise<CorrectableOrder> {
  return trx('orders')
    .where({ brand_id: brand, id })
    .first('contact_id', 'placed_at', 'customer_id', 'first_name', 'last_name', 'corrected');
}

/** `columns`: what the parts that hold change of the row. */
export async function storeCorrected(
  trx: Db,
  { brand, order }: OrderRef,
  corrected: Corrected,
  columns: object,
): Promise<void> {
  await trx('orders')
    .where({ brand_id: brand, id: order })
    .update({ corrected: trx.raw('corrected || cast(? as jsonb)', [JSON.stringify(corrected)]), ...columns });
}

export interface OrderCounts {
  readonly contact_id: string | null;
  /** Null while the order itself has not come. */
  readonly total_minor: number | null;
  readonly erased_at: Date | null;
  readonly facts_removed_at: Date | null;
  readonly event_count: number;
  readonly parcel_count: number;
}

/** Locks an order that an event is about. Undefined: nothing is known of it yet. */
export async function lockForEvent(trx: Db, { brand, order }: OrderRef): Promise<OrderCounts | undefined> {
  return trx('orders')
    .where({ brand_id: brand, id: order })
    .forNoKeyUpdate()
    .first('contact_id', 'total_minor', 'erased_at', 'facts_removed_at', 'event_count', 'parcel_count');
}

/** Counts an event. A cancellation is the earliest of its events, and facts that were taken away are kept from now on. */
export async function countEvent(
  trx: Db,
  { brand, order, type, at, now }: OrderRef & { readonly type: string; readonly at: number; readonly now: number },
  counts: OrderCounts,
  { isNewParcel }: { readonly isNewParcel: boolean },
): Promise<void> {
  await trx('orders')
    .where({ brand_id: brand, id: order })
    .update({
      event_count: counts.event_count + 1,
      parcel_count: counts.parcel_count + (isNewParcel ? 1 : 0),
      ...(type === 'order_cancelled' && {
        cancelled_at: trx.raw('least(cancelled_at, cast(? as timestamptz))', [timestamp(at)]),
      }),
      ...(counts.facts_removed_at && { facts_removed_at: null, facts_looked_at: new Date(now) }),
    });
}
