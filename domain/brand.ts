/** One shop: who sends, in which language and place, with which links, and what is known about its products. */
import type { Cycle, Fulfilment } from './journey.ts';
import type { Locale } from './message.ts';

export interface Product {
  /** Stock-keeping units or shop product ids this entry stands for. */
  readonly match: readonly string[];
  readonly cycle: Cycle;
  /** Set where the product is not a parcel: a download or an appointment. */
  readonly fulfilment?: Extract<Fulfilment, 'digital' | 'service'>;
  readonly guideUrl?: string;
  readonly checklist?: string;
  readonly careTip?: string;
  readonly runsOutAfterDays?: number;
  readonly reorderUrl?: string;
  readonly complement?: { readonly title: string; readonly url: string };
  readonly bookingUrl?: string;
  readonly downloadUrl?: string;
}

export interface Brand {
  readonly id: string;
  readonly name: string;
  /** What the customer sees as sender: an E.164 number, or up to 11 letters and digits where nobody can reply. */
  readonly sender: string;
  /** The registered RCS agent. Absent: nothing goes out on RCS. */
  readonly rcsAgent?: string;
  readonly locale: Locale;
  /** ISO 3166-1 alpha-2: reads phone numbers written without a country. */
  readonly country: string;
  readonly zone: string;
  readonly links: {
    readonly support: string;
    readonly review: string;
    readonly loyalty: string;
    readonly preferences: string;
    readonly shop: string;
  };
  readonly supportPhone?: string;
  readonly agentName?: string;
  readonly reviewIncentive?: string;
  /** Tell of the arrival of each parcel. Absent: once, when the last one has come. */
  readonly parcelByParcel?: boolean;
  /** The exact words beside the marketing box of the shop's checkout: the proof of a consent that comes with an order. */
  readonly marketingWording?: string;
  readonly products: readonly Product[];
  /** What carriers let the brand send, above the account's own limit. Absent, or a field of it: no limit. */
  readonly limits?: {
    /** Of the sender of its SMS: 1 for a US long number. */
    readonly messagesPerSecond?: number;
    /** Of the sender's campaign, as SMS segments. */
    readonly segmentsPerMinute?: number;
    /** Of everything the brand sends in a day of its zone. */
    readonly messagesPerDay?: number;
  };
}

/** The catalogue entry of a line item, by stock-keeping unit first, then by product id. */
export function productOf(brand: Brand, item: { sku?: string; productId?: string }): Product | undefined {
  const bySku = item.sku ? brand.products.find(({ match }) => match.includes(item.sku ?? '')) : undefined;
  return bySku ?? brand.products.find(({ match }) => item.productId !== undefined && match.includes(item.productId));
}
