/** Places orders: the order, its contact, items and consents. */
import type { Knex } from 'knex';
import type { Brand, Product } from '../../domain/orders/brand.ts';
import { productOf } from '../../domain/orders/brand.ts';
import type { CompiledJourney } from '../../domain/journey/compiled-form.ts';
import { compileJourney } from '../../domain/journey/compiled-journey.ts';
import type { JourneyDefinition, Step } from '../../domain/journey/journey.ts';
import { RULES } from '../../domain/orders/placement.ts';
import { LOYAL_FROM, historyOf, journeyFor } from '../../domain/journey/journey.ts';
import type { Consents } from '../../domain/consent/consent.ts';
import { consentsOf } from '../../domain/consent/consent.ts';
import { CHANNELS } from '../../domain/sending/message.ts';
import type { Customer, Order } from '../../domain/orders/order.ts';
import { mainItem, suppliedDays, traitsOf } from '../../domain/orders/order.ts';
import { linesOf, sizeOf } from '../../domain/orders/order-part.ts';
import type { Store, StoreInTransaction } from '../../db/addresses/store.ts';
import { inTransaction } from '../../db/addresses/store.ts';
import type { Db } from '../../db/connection/connect.ts';
import { refreshDetails } from '../../db/contacts/details.ts';
import { recordConsentsOfOrder } from '../consent/record-given.ts';
import { consentEvents } from '../../db/consent/consent-ledger.ts';
import { contactFor } from '../../db/contacts/identity.ts';
import type { Corrected, KnownOrder } from '../../db/orders/order-row.ts';
import {
  correctedNumber,
  countOrders,
  ensureOrder,
  fillPlaced,
  insertItems,
  lockToPlace,
  renameContact,
} from '../../db/orders/order-row.ts';
import { makeUsable, numberOf } from '../../db/contacts/contacts.ts';
import { completeEarly } from '../../db/orders/early-facts.ts';
import { withholdNumbers } from '../../db/orders/early-ids.ts';
import { markGivenBack } from '../../db/orders/given-back.ts';
import type { FreshFact } from '../../db/orders/inbox.ts';
import { freshFact, storeFact, releaseEarlyFacts } from '../../db/orders/inbox.ts';
import type { OrderDetails } from '../../db/orders/order-details.ts';
import { numbersOfOrder } from '../../db/orders/order-numbers.ts';
import type { ItemColumns, OrderColumns } from '../../db/orders/place-at-once.ts';
import { isTaken, placeAtOnce } from '../../db/orders/place-at-once.ts';

export type Placed =
  /** `fresh`: the fact of the placement, which the caller has to hand to the drainer of this process. */
  | { readonly kind: 'placed'; readonly contact: string; readonly outlook?: OrderOutlook; readonly fresh?: FreshFact }
  | { readonly kind: 'duplicate'; readonly contact: string; readonly outlook?: OrderOutlook }
  /** The order's person has been erased. */
  | { readonly kind: 'erased' }
  /** The same order id was placed before with other contents. */
  | { readonly kind: 'conflict' };

/** Facts about an order's messages that are known when it is placed. */
export interface OrderOutlook {
  readonly steps: readonly Step[];
  /** Consents recorded for its number, including those of the order. */
  readonly consents: Consents;
}

/**
 * Stores an order, its contact, items and consents, and the fact that it was placed, in one transaction. Events that came before it are
 * told with it, without ids that are its number. Placing it again is harmless; placing something else under its id is a conflict.
 * `claimMs`: the fact of a first order is stored as claimed for so long and returned as `fresh`. No other drainer takes it until then.
 */
export async function placeOrder(
  store: Store,
  brand: Brand,
  order: Order,
  journey: JourneyDefinition,
  requestHash: Buffer,
  now: number,
  claimMs?: number,
): Promise<Placed> {
  return (
    (await placeFirst(store, brand, order, journey, requestHash, now, claimMs)) ??
    (await placeInTransaction(store, brand, order, journey, requestHash, now))
  );
}

/** Places the first order of a number in one statement. Undefined: nothing is stored, and the order has to be placed in a transaction. */
async function placeFirst(
  store: Store,
  brand: Brand,
  order: Order,
  definition: JourneyDefinition,
  requestHash: Buffer,
  now: number,
  claimMs: number | undefined,
): Promise<Placed | undefined> {
  const { phone, consents } = order.customer;
  // A statement that fails would abort the caller's transaction.
  if (!phone || store.db.isTransaction) return undefined;
  const { columns, journey, steps } = columnsOf(brand, order, definition, 0);
  const placement = {
    brand: brand.id,
    order: order.id,
    phone,
    columns,
    customer: ofCustomer(order),
    items: itemsOf(brand, order),
    journey,
    requestHash,
    now,
  };
  const storeAll = (): ReturnType<typeof placeAtOnce> =>
    consents.length === 0
      ? placeAtOnce(store, placement, claimMs)
      : inTransaction(store, async (own) => {
          const stored = await placeAtOnce(own, placement, claimMs);
          if (stored) await recordConsentsOfOrder(own.db, brand.id, stored.contact, order.customer, now);
          return stored;
        });
  const stored = await storeAll().catch((error: unknown) => {
    if (isTaken(error)) return undefined;
    throw error;
  });
  if (!stored) return undefined;
  const { contact, row, until } = stored;
  // A new contact has no consents but those of the order.
  const outlook = { steps, consents: givenWith(order) };
  if (until === undefined) return { kind: 'placed', contact, outlook };
  const { details, total_minor: totalMinor } = columns;
  const fact = {
    brand: brand.id,
    order: order.id,
    id: 'order_placed',
    type: 'order_placed',
    at: order.placedAt,
    payload: {},
  } as const;
  const fresh = freshFact(fact, { row, until, placed: false }, { contact, journey, details, totalMinor });
  return { kind: 'placed', contact, outlook, fresh };
}

async function placeInTransaction(
  store: Store,
  brand: Brand,
  order: Order,
  journey: JourneyDefinition,
  requestHash: Buffer,
  now: number,
): Promise<Placed> {
  return inTransaction(store, async (own) => {
    const { db: trx } = own;
    await ensureOrder(trx, brand.id, order.id, now);
    const known = await lockToPlace(trx, brand.id, order.id);
    if (known.erased_at) return { kind: 'erased' };
    if (known.contact_id !== null) {
      if (!known.request_hash?.equals(requestHash)) return { kind: 'conflict' };
      const { steps } = journeyFor(journey, traitsOf(order, brand, known.history ?? 'new'));
      return {
        kind: 'duplicate',
        contact: known.contact_id,
        ...(await outlookOf(trx, known.contact_id, steps, known)),
      };
    }
    const early = await releaseEarlyFacts(trx, brand.id, order.id);
    const contact = await contactOf(own, brand.id, order, known, now);
    const steps = await fillOrder(trx, brand, order, { contact, corrected: known.corrected }, journey, requestHash);
    await insertItems(trx, { brand: brand.id, order: order.id }, itemsOf(brand, order));
    if (early.length > 0) {
      const typed = order.customer.phone ? [order.customer.phone.e164] : [];
      const numbers = [...typed, ...(await numbersOfOrder(trx, brand.id, order.id))];
      const ref = { brand: brand.id, order: order.id };
      await withholdNumbers(trx, ref, early, numbers);
      await completeEarly(trx, ref, { zone: order.deliveryZone ?? brand.zone, currency: order.total.currency });
    }
    await refreshDetails(trx, contact);
    const { phone } = order.customer;
    if (phone) await makeUsable(trx, { brand: brand.id, address: phone.e164, channels: CHANNELS });
    const isOwn = known.corrected.phone === undefined || (await numberOf(trx, contact)) === order.customer.phone?.e164;
    await recordConsentsOfOrder(trx, brand.id, contact, isOwn ? order.customer : onlyRefusals(order.customer), now);
    await storeFact(trx, {
      brand: brand.id,
      order: order.id,
      source: 'dopo',
      id: 'order_placed',
      type: 'order_placed',
      at: order.placedAt,
      payload: {},
      requestHash,
      now,
    });
    if (early.length > 0) await markGivenBack(trx, brand.id, order.id, now);
    return { kind: 'placed', contact, ...(await outlookOf(trx, contact, steps, known)) };
  });
}

/** Absent after a correction, because another number and place count than the order's. */
async function outlookOf(
  trx: Db,
  contact: string,
  steps: readonly Step[],
  { corrected }: KnownOrder,
): Promise<{ readonly outlook?: OrderOutlook }> {
  if (corrected.phone ?? corrected.place) return {};
  return { outlook: { steps, consents: consentsOf(await consentEvents(trx, contact)) } };
}

function givenWith({ customer }: Order): Consents {
  const given = customer.consents.map(({ night = false, basis = 'express', ...consent }, index) => ({
    ...consent,
    night,
    basis,
    id: String(index + 1),
  }));
  return consentsOf(given);
}

/**
 * The order's contact. If the order's number was corrected before the order came, it is the right number's contact: the wrong number is
 * never texted. The correction knew neither the moment of the order nor the buyer. If its contact has got other orders since, the owner of
 * this order is looked for again.
 */
async function contactOf(
  store: StoreInTransaction,
  brand: string,
  { id: order, customer, placedAt }: Order,
  { corrected, first_name: firstName, last_name: lastName }: KnownOrder,
  now: number,
): Promise<string> {
  const { db: trx } = store;
  const { phone: typed, ...person } = customer;
  const name = { ...(firstName !== null && { firstName }), ...(lastName !== null && { lastName }) };
  const buyer = corrected.name ? { ...(person.id !== undefined && { id: person.id }), ...name } : person;
  if (corrected.phone?.contact === undefined)
    return contactFor(store, brand, { ...buyer, ...(typed && { phone: typed }) }, placedAt, now);
  const number = await correctedNumber(trx, corrected.phone.contact);
  if (!number) return contactFor(store, brand, buyer, placedAt, now);
  if (!number.has_orders) return corrected.phone.contact;
  const phone = { e164: number.address, ...(number.country !== null && { country: number.country }) };
  const contact = await contactFor(store, brand, { ...buyer, phone }, placedAt, now);
  if (contact !== corrected.phone.contact)
    await renameContact(trx, { brand, order }, { from: corrected.phone.contact, to: contact });
  return contact;
}

/** Drops consents but keeps refusals: a consent counts only for the number it came with, a refusal for the person. */
function onlyRefusals(customer: Customer): Customer {
  return { ...customer, consents: customer.consents.filter(({ action }) => action === 'withdrawn') };
}

async function fillOrder(
  trx: Knex.Transaction,
  brand: Brand,
  order: Order,
  { contact, corrected }: { readonly contact: string; readonly corrected: Corrected },
  definition: JourneyDefinition,
  requestHash: Buffer,
): Promise<readonly Step[]> {
  const earlier = await countOrders(trx, contact, LOYAL_FROM);
  const { columns, journey, steps } = columnsOf(brand, order, definition, earlier);
  const { loyalty } = order.customer;
  const filled = { ...ofCustomer(order, corrected), loyalty: loyalty ? JSON.stringify(loyalty) : null };
  const placement = { brand: brand.id, order: order.id, contact, customer: filled, columns, journey, requestHash };
  await fillPlaced(trx, placement);
  return steps;
}

/** `earlier`: how many orders the contact had before. */
function columnsOf(
  brand: Brand,
  order: Order,
  definition: JourneyDefinition,
  earlier: number,
): { readonly columns: OrderColumns; readonly journey: CompiledJourney; readonly steps: readonly Step[] } {
  const history = historyOf(Math.max(earlier, order.customer.earlierOrders ?? 0));
  const traits = traitsOf(order, brand, history);
  const lines = linesOf(order.items, (item) => keyOf(productOf(brand, item)));
  const { pieces, ofMain: mainPieces } = sizeOf(lines);
  const runsOutAfterDays = suppliedDays(mainItem(order, brand)?.product, mainPieces);
  const details: OrderDetails = {
    rules: RULES,
    ...(lines.length > 0 && { pieces, mainPieces }),
    ...(order.test && { test: true }),
    ...(order.statusUrl !== undefined && { statusUrl: order.statusUrl }),
    ...(order.promisedAt !== undefined && { promisedAt: order.promisedAt }),
    ...(order.parcelCount !== undefined && { parcelCount: order.parcelCount }),
    ...(runsOutAfterDays !== undefined && { runsOutAfterDays }),
  };
  const columns = {
    name: order.name,
    placed_at: new Date(order.placedAt),
    currency: order.total.currency,
    total_minor: order.total.minor,
    fulfilment: traits.fulfilment,
    cycle: traits.cycle,
    history,
    details,
  };
  const followed = journeyFor(definition, traits);
  return { columns, journey: compileJourney(followed), steps: followed.steps };
}

function keyOf(product: Product | undefined): string | undefined {
  return product && JSON.stringify(product);
}

/**
 * The shop's details of the customer in this order, for messages about it. Details that were corrected before the order came stay
 * corrected.
 */
function ofCustomer({ customer, place }: Order, corrected: Corrected = {}): object {
  return {
    customer_id: customer.id ?? null,
    ...(!corrected.name && { first_name: customer.firstName ?? null, last_name: customer.lastName ?? null }),
    locale: customer.locale ?? null,
    zone: customer.zone ?? null,
    ...(!corrected.place && {
      country: place.country ?? null,
      region: place.region ?? null,
      city: place.city ?? null,
      postcode: place.postcode ?? null,
    }),
    loyalty: customer.loyalty ?? null,
  };
}

function itemsOf(brand: Brand, { items }: Order): readonly ItemColumns[] {
  return items.map((item, index) => ({
    line: index + 1,
    sku: item.sku ?? null,
    product_id: item.productId ?? null,
    title: item.title,
    quantity: item.quantity,
    price_minor: item.priceMinor,
    product: productOf(brand, item) ?? {},
  }));
}
