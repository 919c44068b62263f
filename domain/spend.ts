/** How much a brand spends on texts in a day of its zone, by the prices of the provider's receipts, and what stops when it is too much. */
import { MINUTE } from './duration.ts';
import type { MessageClass } from './message.ts';

/** In units of the currency of the provider's account. Absent, or a field of it: no limit. */
export interface SpendSettings {
  readonly currency: string;
  readonly perDay?: number;
  readonly perCountryPerDay?: number;
}

/** What was spent, and what is on its way counted at the last known price of its country. */
export interface Spent {
  readonly day: number;
  readonly country: number;
  /** The day's end in the brand's zone, epoch ms. */
  readonly until: number;
}

/** Of a text to a country that no receipt has named a price for: dear enough that a flood is seen before its receipts come. */
export const UNKNOWN_PRICE = 0.1;
/** No more texts on their way to one country are counted: a brand whose receipts name no price is not slowed down by counting them. */
export const MOST_IN_FLIGHT = 5_000;

/** Shares of a limit: somebody is told, what sells stops, order news stops. */
const SPEND_ALARM = 0.8;
const SPEND_STOPS_PROMOTIONS = 1;
const SPEND_STOPS_NEWS = 2;

/** Alarms, once per brand, country and day. `conversion`: too few of a country's new numbers show that there is a customer. */
export const ABUSE_ALARM_KINDS = ['spend_80', 'spend_100', 'spend_200', 'conversion'] as const;
export type AbuseAlarmKind = (typeof ABUSE_ALARM_KINDS)[number];

export const SPEND_STEPS = [
  { kind: 'spend_80', share: SPEND_ALARM },
  { kind: 'spend_100', share: SPEND_STOPS_PROMOTIONS },
  { kind: 'spend_200', share: SPEND_STOPS_NEWS },
] as const satisfies readonly { readonly kind: AbuseAlarmKind; readonly share: number }[];

/** Unless a brand says otherwise: fewer new numbers of a country within 24 h say nothing. */
export const NEW_NUMBERS = 20;
/** The share of them that has to show life. */
export const ALIVE_AT_LEAST = 1 / 3;
/** A receipt may take so long, ms: younger texts are not judged. */
export const GRACE = 30 * MINUTE;

export interface SpendShare {
  /** `spend.day`, or `spend.country.GB`. */
  readonly rule: string;
  /** 1: the limit is used up. */
  readonly share: number;
}

/** The limit that is used up the most; undefined: the brand has none. */
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

/** As the country of a number that tells none. */
export const NO_COUNTRY = 'ZZ';

/** The share from which messages of a class stop; undefined: they never do. An answer to STOP is owed whatever it costs. */
export function stopsAt(messageClass: MessageClass): number | undefined {
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
