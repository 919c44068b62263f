/**
 * The spending of a brand on texts in a day of its zone, by the prices of the provider's receipts, and the shares of
 * its limit at which messages stop.
 */
import { MINUTE } from '../time/duration.ts';
import type { MessageClass } from './message.ts';

/** Limits in the currency of the provider's account. Absent, as a whole or a field: no limit. */
export interface SpendSettings {
  readonly currency: string;
  readonly perDay?: number;
  readonly perCountryPerDay?: number;
}

/** Spending so far. Texts on their way count at the last known price of their country. */
export interface Spent {
  readonly day: number;
  readonly country: number;
  /** The day's end in the brand's zone, epoch ms. */
  readonly until: number;
}

/**
 * Assumed price of a text to a country for which no receipt has named one. It is high, so that a flood is seen before its receipts come.
 */
export const UNKNOWN_PRICE = 0.1;
/**
 * The most texts on their way to one country that are counted, so that a brand whose receipts name no price is not slowed down by the
 * count.
 */
export const MOST_IN_FLIGHT = 5_000;

/** Shares of a limit at which an alarm is raised, promotions stop, and order news stops. */
const SPEND_ALARM = 0.8;
const SPEND_STOPS_PROMOTIONS = 1;
const SPEND_STOPS_NEWS = 2;

/** Alarms, once per brand, country and day. `conversion`: too few of a country's new numbers turned out to be customers'. */
export const ABUSE_ALARM_KINDS = ['spend_80', 'spend_100', 'spend_200', 'conversion'] as const;
export type AbuseAlarmKind = (typeof ABUSE_ALARM_KINDS)[number];

export const SPEND_STEPS = [
  { kind: 'spend_80', share: SPEND_ALARM },
  { kind: 'spend_100', share: SPEND_STOPS_PROMOTIONS },
  { kind: 'spend_200', share: SPEND_STOPS_NEWS },
] as const satisfies readonly { readonly kind: AbuseAlarmKind; readonly share: number }[];

/** Default for the number of a country's new numbers within 24 h below which it is not judged. */
export const NEW_NUMBERS = 20;
/** The share of new numbers that has to show signs of a customer. */
export const LEAST_LIVE_SHARE = 1 / 3;
/** A receipt may take this long, ms, so younger texts are not judged. */
export const RECEIPT_GRACE = 30 * MINUTE;

export interface SpendShare {
  /** `spend.day`, or `spend.country.GB`. */
  readonly rule: string;
  /** 1: the limit is used up. */
  readonly share: number;
}

/** The limit of which the largest share is used up; undefined: the brand has none. */
export function spendShare(
  settings: SpendSettings,
  spent: Pick<Spent, 'day' | 'country'>,
  country: string | undefined,
): SpendShare | undefined {
  const { perDay, perCountryPerDay } = settings;
  const shares: SpendShare[] = [
    ...(perDay === undefined ? [] : [{ rule: 'spend.day', share: spent.day / perDay }]),
    ...(perCountryPerDay === undefined
      ? []
      : [{ rule: `spend.country.${country ?? NO_COUNTRY}`, share: spent.country / perCountryPerDay }]),
  ];
  return shares.toSorted((a, b) => b.share - a.share)[0];
}

/** Stands for the country of a number that has none. */
export const NO_COUNTRY = 'ZZ';

/** The share at which messages of a class stop; undefined: never. A STOP has to be answered whatever that costs. */
export function spendStopAt(messageClass: MessageClass): number | undefined {
  switch (messageClass) {
    case 'promotional':
    case 'service_feedback':
      return SPEND_STOPS_PROMOTIONS;
    case 'transactional':
      return SPEND_STOPS_NEWS;
    case 'compliance':
      return undefined;
  }
}
