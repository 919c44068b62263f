/**
 * The values that a template may be filled with. The database loads them in one statement, and templates/ makes
 * placeholders of them.
 */
import type { Cycle, Fulfilment, CustomerHistory } from '../journey/journey.ts';
import type { InLanguages, Locale } from '../sending/message.ts';
import type { SenderKind } from '../rules/rule-pack.ts';

export interface Money {
  /** Minor currency units: cents, or whole yen and won. */
  readonly minor: number;
  /** ISO 4217. */
  readonly currency: string;
}

export interface BrandContext {
  readonly name: string;
  readonly supportUrl: string;
  readonly supportPhone?: string;
  readonly reviewUrl: string;
  readonly loyaltyUrl: string;
  readonly preferencesUrl: string;
  readonly shopUrl: string;
  /** Hosts that links of orders and parcels may lead to. */
  readonly linkHosts: readonly string[];
  /** The brand's reward for a public review, in the customer's language; it is shown only where it is set. */
  readonly reviewIncentive?: InLanguages;
  readonly agentName?: string;
}

/** The parts of the sender that the way to refuse depends on. */
export interface TextSender {
  readonly kind: SenderKind | 'agent';
  /** Country of the number that gets the text, ISO 3166-1 alpha-2: its networks decide whether a reply arrives. */
  readonly country?: string;
  readonly optOutCode?: string;
  readonly optOutPhone?: string;
}

export interface ContactContext {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly city?: string;
  readonly country?: string;
  readonly history: CustomerHistory;
  readonly tier?: string;
  readonly points?: number;
  readonly pointsToNextTier?: number;
  readonly nextTier?: string;
  /** Epoch ms. */
  readonly lastOrderAt?: number;
}

export interface ItemContext {
  readonly title: string;
  readonly quantity: number;
  readonly guideUrl?: string;
  readonly checklist?: InLanguages;
  readonly careTip?: InLanguages;
  readonly complementTitle?: InLanguages;
  readonly complementUrl?: string;
  readonly reorderUrl?: string;
  readonly runsOutAfterDays?: number;
}

export interface OrderContext {
  readonly name: string;
  readonly statusUrl?: string;
  readonly total: Money;
  readonly placedAt: number;
  readonly fulfilment: Fulfilment;
  readonly cycle: Cycle;
  readonly promisedAt?: number;
  readonly deliveredAt?: number;
  readonly parcelCount: number;
  readonly refund?: Money;
  readonly bookingUrl?: string;
  readonly downloadUrl?: string;
}

export interface ParcelContext {
  /** 1-based, in the order the parcels became known. */
  readonly number: number;
  readonly carrier?: string;
  readonly trackingNumber?: string;
  readonly trackingUrl?: string;
  readonly pickupPlace?: string;
}

export interface MessageContext {
  readonly brand: BrandContext;
  readonly contact: ContactContext;
  /** Absent: a number that can be answered. */
  readonly sender?: TextSender;
  readonly locale: Locale;
  /** Zone for dates in the text. */
  readonly zone: string;
  /** Epoch ms: the moment the text speaks of as now. */
  readonly now: number;
  /** Absent in a reply to a person without an order. */
  readonly order?: OrderContext;
  readonly items: readonly ItemContext[];
  readonly parcel?: ParcelContext;
}
