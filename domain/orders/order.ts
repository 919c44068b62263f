/** An order as a shop reports it, after parsing at the edge: what POST /v1/orders accepts and every shop adapter produces. */
import { DAY } from '../time/duration.ts';
import type { Money } from '../text/message-context.ts';
import type { Brand, Product } from './brand.ts';
import type { ConsentBasis, ConsentClass } from '../consent/consent.ts';
import { productOf } from './brand.ts';
import type { Fulfilment, CustomerHistory, OrderTraits } from '../journey/journey.ts';
import type { Locale } from '../sending/message.ts';

export interface OrderItem {
  readonly sku?: string;
  readonly productId?: string;
  readonly title: string;
  readonly quantity: number;
  /** Minor units of the order's currency, for one piece. */
  readonly priceMinor: number;
}

/** Proof of the statement. It is personal data and can be erased without its entry. */
export interface ConsentEvidence {
  readonly ip?: string;
  readonly userAgent?: string;
  /** The page it was said on. */
  readonly url?: string;
  /** Any other proof: the number of a form, of a recording. */
  readonly note?: string;
}

export interface GivenConsent {
  readonly class: ConsentClass;
  readonly action: 'granted' | 'withdrawn';
  /** `express` when left out. */
  readonly basis?: ConsentBasis;
  /** About the hours of the night only, where those need a consent of their own. */
  readonly night?: boolean;
  /** The words that the person was shown. */
  readonly wording: string;
  readonly source: string;
  readonly evidence?: ConsentEvidence;
  /** Of the wording. */
  readonly locale?: string;
  /** Epoch ms, as is the end that was agreed on. */
  readonly at: number;
  readonly expiresAt?: number;
}

export interface Customer {
  /** The shop's id, digit for digit. */
  readonly id?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  /** E.164, already checked. */
  readonly phone?: { readonly e164: string; readonly country?: string };
  readonly locale?: Locale;
  readonly zone?: string;
  /** Orders before this one as the shop counts them. */
  readonly earlierOrders?: number;
  readonly loyalty?: {
    readonly member: boolean;
    readonly tier?: string;
    readonly points?: number;
    readonly nextTier?: string;
    readonly pointsToNextTier?: number;
  };
  readonly consents: readonly GivenConsent[];
}

export interface Place {
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  /** State or province as the shop writes it: `KY`, `MI`. */
  readonly region?: string;
  readonly city?: string;
  readonly postcode?: string;
}

export interface Order {
  readonly id: string;
  /** The name that the customer knows, `#1042`. */
  readonly name: string;
  /** Epoch ms. */
  readonly placedAt: number;
  readonly total: Money;
  readonly fulfilment: Fulfilment;
  readonly customer: Customer;
  readonly place: Place;
  readonly items: readonly OrderItem[];
  readonly statusUrl?: string;
  readonly promisedAt?: number;
  readonly parcelCount?: number;
  /** The zone of the delivery address, in which a promised date ends. Absent: it is not known. */
  readonly deliveryZone?: string;
  /** An order of the shop's own tests, which does not count as another purchase. */
  readonly test?: boolean;
}

/** The item the conversation is about: the first that the brand's catalogue knows, else the first. */
export function mainItem(
  order: Pick<Order, 'items'>,
  brand: Brand,
): { item: OrderItem; product?: Product } | undefined {
  for (const item of order.items) {
    const product = productOf(brand, item);
    if (product) return { item, product };
  }
  const item = order.items[0];
  return item && { item };
}

/**
 * The traits that pick an order's steps. A product without a catalogue entry is rated after two weeks, the safer
 * time. An order with any goods to hand over follows the shop's fulfilment, whatever else was bought, because its
 * customer waits for a parcel.
 */
export function traitsOf(order: Order, brand: Brand, history: CustomerHistory): OrderTraits {
  const product = mainItem(order, brand)?.product;
  const goods = order.items.some((item) => productOf(brand, item)?.fulfilment === undefined);
  const fulfilment = goods ? order.fulfilment : (product?.fulfilment ?? order.fulfilment);
  return {
    fulfilment,
    cycle: product?.cycle ?? 'long',
    history,
    guide: startUrl(product, fulfilment) !== undefined,
    consumable: product?.runsOutAfterDays !== undefined,
    complement: product?.complement !== undefined,
    parcelByParcel: brand.parcelByParcel ?? false,
  };
}

/**
 * There is no reminder for a supply of more than a year, because prices, products and customers change in that time.
 */
const LONGEST_SUPPLY = 365;

/**
 * Days that a number of pieces lasts: three packs last three times as long as one. Undefined: the product is not used
 * up, or lasts too long.
 */
export function suppliedDays(product: Product | undefined, pieces: number): number | undefined {
  const days = (product?.runsOutAfterDays ?? NaN) * pieces;
  return days <= LONGEST_SUPPLY ? days : undefined;
}

/** The page to open first; a text about the set-up has its link. */
function startUrl(product: Product | undefined, fulfilment: Fulfilment): string | undefined {
  switch (fulfilment) {
    case 'digital':
      return product?.downloadUrl ?? product?.guideUrl;
    case 'service':
      return product?.bookingUrl ?? product?.guideUrl;
    case 'shipped':
    case 'pickup':
      return product?.guideUrl;
  }
}

/** The most events and parcels that an order may have. An order with thousands of events would be slow to tell, plan and show. */
export interface OrderLimits {
  readonly events: number;
  readonly parcels: number;
}

export const ORDER_LIMITS: OrderLimits = { events: 500, parcels: 100 };

/** The time for which the events of an ended order are kept after its last report, ms. */
export const ORDER_EVENTS_KEPT_FOR = 90 * DAY;
