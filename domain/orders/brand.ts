/** One shop: who sends, in which language and place, with which links, and what is known about its products. */
import type { Cycle, Fulfilment } from '../journey/journey.ts';
import type { Channel, InLanguages, Locale, MessageKind } from '../sending/message.ts';
import type { SenderKind } from '../rules/rule-pack.ts';
import type { SpendSettings } from '../sending/spend.ts';

/** Words of the shop for its customers: in its own language, or in several. */
export type Wording = string | InLanguages;

/** Wording by language; a plain text is in `own`, the shop's language. */
export function byLanguage(wording: Wording, own: Locale): InLanguages {
  return typeof wording === 'string' ? { [own]: wording } : wording;
}

export interface Product {
  /** Stock-keeping units or shop product ids this entry stands for. */
  readonly match: readonly string[];
  readonly cycle: Cycle;
  /** Set where the product is not a parcel: a download or an appointment. */
  readonly fulfilment?: Extract<Fulfilment, 'digital' | 'service'>;
  readonly guideUrl?: string;
  readonly checklist?: Wording;
  readonly careTip?: Wording;
  readonly runsOutAfterDays?: number;
  readonly reorderUrl?: string;
  readonly complement?: { readonly title: Wording; readonly url: string };
  readonly bookingUrl?: string;
  readonly downloadUrl?: string;
}

/**
 * The system that answers STOP first. `carrier`: US toll-free numbers. `vonage`: where Opt-Out Assist is on. A second answer would be
 * one too many.
 */
export const STOP_HANDLERS = ['us', 'carrier', 'vonage'] as const;
export type StopHandler = (typeof STOP_HANDLERS)[number];

export interface SenderSettings {
  /** The sender that the customer sees: an E.164 number, a short code, or up to 11 letters and digits, which take no reply. */
  readonly sender: string;
  /** Absent: as the sender looks, a number a long one. */
  readonly senderKind?: SenderKind;
  /** Absent: `us`. The number is stopped in each case. */
  readonly stopHandledBy?: StopHandler;
  /** The short code that takes STOP for a sender that takes no reply: `36179` in France. */
  readonly optOutCode?: string;
  /** The number to call for it, free of charge: `080-123-4567` in Korea. */
  readonly optOutPhone?: string;
}

/** A brand on a channel that has senders of its own. */
export interface ChannelSettings {
  /** The sender that is registered with the channel's operator. */
  readonly sender: string;
  /** Kinds that the operator counts as promotions, whatever they are to us: they keep the rules of promotions there. */
  readonly promotional?: readonly MessageKind[];
}

export interface Brand extends SenderSettings {
  readonly id: string;
  readonly name: string;
  /** By the country of the recipient's number, ISO 3166-1 alpha-2, where the brand has another sender there. */
  readonly senders?: Readonly<Record<string, SenderSettings>>;
  /** By channel, beside SMS. A channel that is absent here sends nothing. */
  readonly channels?: Readonly<Partial<Record<Channel, ChannelSettings>>>;
  readonly locale: Locale;
  /** ISO 3166-1 alpha-2: reads phone numbers written without a country. */
  readonly country: string;
  readonly zone: string;
  /**
   * Countries whose numbers are texted, ISO 3166-1 alpha-2, whatever an order says. Absent: the brand's own country, those of `senders`,
   * and for an order its delivery country.
   */
  readonly countries?: readonly string[];
  readonly links: {
    readonly support: string;
    readonly review: string;
    readonly loyalty: string;
    readonly preferences: string;
    readonly shop: string;
  };
  /** Hosts that links of its orders and parcels may lead to, beside its own hosts and those of carriers. */
  readonly linkHosts?: readonly string[];
  readonly supportPhone?: string;
  readonly agentName?: string;
  readonly reviewIncentive?: Wording;
  /** Report the arrival of each parcel. Absent: report once, when the last parcel has arrived. */
  readonly parcelByParcel?: boolean;
  /** The exact words beside the marketing box of the shop's checkout: the proof of a consent that comes with an order. */
  readonly marketingWording?: string;
  readonly products: readonly Product[];
  /** Limits of spending. Absent: no limit. */
  readonly spend?: SpendSettings;
  /** Settings of the alarm that is raised when too few of a country's new numbers turn out to be customers'. */
  readonly conversionAlarm?: {
    /** New numbers of a country within 24 h from which on the country is judged, instead of 20. */
    readonly newNumbers?: number;
    /** For 24 h after the alarm no number of the country is texted for the first time. */
    readonly hold?: boolean;
  };
  /** The rate that carriers allow the brand, above the account's own limit. Absent, or a field of it: no limit. */
  readonly limits?: {
    /** Of the sender of its SMS: 1 for a US long number. */
    readonly messagesPerSecond?: number;
    /** Of the sender's campaign, as SMS segments. */
    readonly segmentsPerMinute?: number;
    /** Of everything the brand sends in a day of its zone. */
    readonly messagesPerDay?: number;
    /** Weight of the brand's share when brands share the account's rate; 1 when left out. */
    readonly accountShare?: number;
    /** Feedback requests, review invitations and offers to one person, within 24 h and within 7 days, instead of 3 a week. */
    readonly perPersonPerDay?: number;
    readonly perPersonPerWeek?: number;
    /** Texts about orders to one number within 24 h and 7 days, instead of 15 and 40. */
    readonly perNumberPerDay?: number;
    readonly perNumberPerWeek?: number;
    /** Orders that are confirmed to one number within 24 h, instead of 4. */
    readonly ordersPerNumberPerDay?: number;
  };
}

/** The catalogue entry of a line item, by stock-keeping unit first, then by product id. */
export function productOf(brand: Brand, item: { sku?: string; productId?: string }): Product | undefined {
  const bySku = item.sku ? brand.products.find(({ match }) => match.includes(item.sku ?? '')) : undefined;
  return bySku ?? brand.products.find(({ match }) => item.productId !== undefined && match.includes(item.productId));
}

/**
 * Countries whose numbers are texted: the brand's list. Without a list: the brand's own country, the countries it has a sender for, and
 * those that orders are delivered to.
 */
export function servedBy(
  { countries, country, senders = {} }: Brand,
  deliveredTo: readonly (string | null)[],
): readonly string[] {
  return countries ?? [country, ...Object.keys(senders), ...deliveredTo.filter((one) => one !== null)];
}
