/**
 * Limits on the texts that one number gets from a brand. A checkout verifies no number, so a customer can order with
 * the number of a stranger. Promotions have limits of their own (caps.ts).
 */
import { DAY, HOUR } from '../../time/duration.ts';
import type { MessageKind } from '../message.ts';
import { kindRule } from '../message.ts';

/** Limits of texts about orders to one number. */
export interface NumberLimits {
  readonly perDay: number;
  readonly perWeek: number;
  /** Orders whose confirmation goes out to the number within a day. */
  readonly ordersPerDay: number;
}

/**
 * Defaults. Two orders of two parcels each that are confirmed, shipped, out for delivery and delivered within one day are 12 texts, an
 * order of five parcels is 12; four orders of two parcels are about 38 over a week with their tips. A stranger whose number is used for a
 * hundred orders gets 4 confirmations a day instead of 100.
 */
export const NUMBER_LIMITS: NumberLimits = { perDay: 15, perWeek: 40, ordersPerDay: 4 };
/** `order_updated` texts per order and day: a shop may save one order ten times. */
export const UPDATES_PER_ORDER = 3;
/**
 * Answers to HELP in an hour. They are allowed only if the link of each answer was withdrawn before the next HELP;
 * otherwise there is one.
 */
const HELP_PER_HOUR = 3;
/** Answers to HELP in a day. It bounds the cost of a number that withdraws its links and asks again. */
export const HELP_PER_DAY = 10;
/** Limits of each group of answers to texts from the number. A STOP takes effect even if it is not answered. */
const ANSWERS: readonly {
  readonly rule: string;
  readonly kinds: readonly MessageKind[];
  readonly max: number;
  readonly per: number;
}[] = [
  { rule: 'limit.help', kinds: ['help'], max: HELP_PER_HOUR, per: HOUR },
  { rule: 'limit.help', kinds: ['help'], max: HELP_PER_DAY, per: DAY },
  {
    rule: 'limit.confirmations',
    kinds: ['opt_out_confirmed', 'opt_out_or_order', 'opt_in_confirmed'],
    max: 3,
    per: DAY,
  },
];

/** The longest period of any limit, ms. */
export const LONGEST_LIMIT = 7 * DAY;
/** The highest limit that a brand can set, so that the rows read for a number are bounded. */
export const HIGHEST_LIMIT = 200;

/** A text that the number got, or may have got. */
export interface Texted {
  readonly kind: MessageKind;
  /** Epoch ms. */
  readonly at: number;
  readonly order: string | null;
  /** It is about the same order as the message. */
  readonly own: boolean;
  /** The links of the number were withdrawn after this text, so its link opens nothing any more. */
  readonly linkEnded?: boolean;
}

/** The limit that forbids one more message of a kind; undefined: none. `texted`: other texts to the number, without this one. */
export function limitReached(
  kind: MessageKind,
  texted: readonly Texted[],
  limits: NumberLimits,
  now: number,
): string | undefined {
  const within = (per: number): readonly Texted[] => texted.filter(({ at }) => now - at < per);
  if (kind === 'help' && within(HOUR).some((one) => one.kind === 'help' && !one.linkEnded)) return 'limit.help';
  if (kindRule(kind).class === 'compliance')
    return ANSWERS.find(
      ({ kinds, max, per }) =>
        kinds.includes(kind) && within(per).filter((one) => kinds.includes(one.kind)).length >= max,
    )?.rule;
  if (kindRule(kind).class !== 'transactional') return undefined;
  const today = within(DAY);
  const updates = today.filter((one) => one.own && one.kind === 'order_updated').length;
  if (kind === 'order_updated' && updates >= UPDATES_PER_ORDER) return 'limit.updates';
  const confirmed = today.filter((one) => !one.own && one.kind === 'order_confirmation').map(({ order }) => order);
  if (kind === 'order_confirmation' && new Set(confirmed).size >= limits.ordersPerDay) return 'limit.orders';
  if (today.length >= limits.perDay) return 'limit.number_day';
  return within(LONGEST_LIMIT).length >= limits.perWeek ? 'limit.number_week' : undefined;
}

/** Limits that open a case: only a number that is abused to receive texts reaches them. */
const LOOKED_AT: readonly string[] = ['limit.orders', 'limit.number_day', 'limit.number_week'];

export function isLookedAt(rule: string): boolean {
  return LOOKED_AT.includes(rule);
}
