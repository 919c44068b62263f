/** Rate limits: the lanes an account and a brand have, the times by which they are kept, and when a volume will have gone out. */
import type { Brand } from '../orders/brand.ts';
import { DAY, HOUR, MINUTE } from '../time/duration.ts';
import type { Channel, MessageClass } from './message.ts';
import { BASE_CHANNEL } from './message.ts';

export type LaneKind = 'account' | 'sender' | 'campaign' | 'brand_day' | 'records';

export interface LaneSettings {
  readonly id: string;
  readonly kind: LaneKind;
  /** Absent: the messages of every brand. */
  readonly brand?: string;
  /** Absent: any channel. */
  readonly channel?: Channel;
  readonly unit: 'messages' | 'segments';
  /** So many of the unit in each period of so many ms. */
  readonly tokens: number;
  readonly periodMs: number;
  /** Counted per local day of this zone instead of spaced. */
  readonly zone?: string;
  /** Share of a period's tokens that transactional messages may run ahead by; of a counted day, the share kept for them. */
  readonly reserved: number;
}

/**
 * Half a second's tokens: what a provider that refills a bucket of one second's tokens can take at once, together with
 * `CATCH_UP` and some jitter of the network.
 */
const RESERVED_OF_SECOND = 0.5;
/** Six seconds' worth of a minute. */
const RESERVED_OF_MINUTE = 0.1;
/** T-Mobile drops what is above a brand's day: order news keeps a fifth of it. */
const RESERVED_OF_DAY = 0.2;

/** The lane of the provider's account: API requests a second over all brands. */
export function accountLane(requestsPerSecond: number): LaneSettings {
  const tokens = requestsPerSecond;
  return { id: 'account', kind: 'account', unit: 'messages', tokens, periodMs: 1000, reserved: RESERVED_OF_SECOND };
}

/** The lanes of a brand's file. Carriers' limits are about SMS; a brand's day is about everything it sends. */
export function lanesOf({ id: brand, limits = {}, zone }: Brand): readonly LaneSettings[] {
  const { messagesPerSecond, segmentsPerMinute, messagesPerDay } = limits;
  const lanes: LaneSettings[] = [];
  const add = (kind: LaneKind, lane: Omit<LaneSettings, 'id' | 'kind' | 'brand'>): void => {
    lanes.push({ id: `${kind}:${brand}`, kind, brand, ...lane });
  };
  if (messagesPerSecond !== undefined)
    add('sender', {
      channel: BASE_CHANNEL,
      unit: 'messages',
      tokens: messagesPerSecond,
      periodMs: 1000,
      reserved: RESERVED_OF_SECOND,
    });
  if (segmentsPerMinute !== undefined)
    add('campaign', {
      channel: BASE_CHANNEL,
      unit: 'segments',
      tokens: segmentsPerMinute,
      periodMs: MINUTE,
      reserved: RESERVED_OF_MINUTE,
    });
  if (messagesPerDay !== undefined)
    add('brand_day', { unit: 'messages', tokens: messagesPerDay, periodMs: DAY, zone, reserved: RESERVED_OF_DAY });
  return lanes;
}

/** Goes ahead of promotions and feedback: order news, and answers to a keyword. */
export function goesFirst(messageClass: MessageClass): boolean {
  return messageClass === 'transactional' || messageClass === 'compliance';
}

/**
 * A token this near is waited for in the activity, ms: the send activity has 15 s, and its call takes up to 10. Promotions wait
 * less, so that they fill at most a second of the lane ahead of order news. A slot this near is no reason to wait for a timer.
 */
export const WAIT_IN_PLACE = { first: 2_000, others: 1_000 };

/** Unused tokens are kept for so long, ms: timers and queues are late by this much and must not cost any rate. */
export const CATCH_UP = 250;

/** A booked slot that has passed by so much is no longer kept for its message, ms: a herd of late ones would form. */
export const SLOT_KEPT = MINUTE;

/**
 * So long it takes a rate of nothing to be whole again, ms, growing evenly: a halving is made good in four minutes. Faster, and
 * the rate would be a tenth above a quota that was halved for good before the provider's bucket is empty and says so.
 */
export const RECOVERY = 8 * MINUTE;
export const LEAST_FACTOR = 1 / 16;
/** Answers that come this soon after a cut are about calls that were allowed before it, ms: the longest wait, and the call. */
export const CUT_EVERY = WAIT_IN_PLACE.first + 1_000;

/** After a 429 the provider's bucket is empty; it is given so long to fill again, ms, beyond what was asked for. */
export const REFILL = 1_000;

/** So many failures in a row open a circuit. */
export const OPEN_AFTER = 5;
/** For how long it opens, ms: the first time, and doubled up to the last. */
export const OPEN_FOR = { first: MINUTE / 2, last: HOUR / 4 };
/** A probe of which nothing is heard for so long, ms, is dead: the send activity's time limit. */
export const PROBE_FOR = 15_000;

/** A lane as it stands. All moments are epoch ms. */
export interface LaneState extends LaneSettings {
  /** The share of its rate that is left after a cut, 0 to 1. */
  readonly factor: number;
  /** Everything before is booked. */
  readonly bookedTo: number;
  /** Nothing goes out before: a circuit is open, or the provider asked for a pause. Absent: it is free. */
  readonly heldUntil?: number;
  /** Of a counted lane: what promotions may still take today. */
  readonly left?: number;
}

export interface Volume {
  readonly messages: number;
  readonly segments: number;
  /** When it becomes due. */
  readonly from: number;
}

export const FORECAST_WARNINGS = ['after_window', 'after_usefulness', 'over_day_limit', 'provider_down'] as const;
export type ForecastWarning = (typeof FORECAST_WARNINGS)[number];

export interface Forecast {
  readonly startsAt: number;
  readonly drainsAt: number;
  /** Absent: nothing limits it. */
  readonly segmentsPerSecond?: number;
  readonly warnings: readonly ForecastWarning[];
}

/** The slowest lane's rate for texts of so many segments each, segments a second; Infinity without lanes. */
function segmentsPerSecond(lanes: readonly LaneState[], segmentsPerMessage: number): number {
  const rates = lanes
    .filter(({ left }) => left === undefined)
    .map(({ tokens, periodMs, factor, unit }) => {
      const perSecond = (tokens * factor * 1000) / periodMs;
      return unit === 'segments' ? perSecond : perSecond * segmentsPerMessage;
    });
  return Math.min(...rates);
}

/**
 * The forecast of a volume that is sent behind all that is booked. `before`: the end of the window it starts in; `usefulUntil`: of
 * its use; both epoch ms. Messages above a day's limit go out on the days after.
 */
export function forecast(
  volume: Volume,
  lanes: readonly LaneState[],
  limits: { readonly before?: number; readonly usefulUntil?: number },
): Forecast {
  const { messages, segments, from } = volume;
  const startsAt = Math.max(from, ...lanes.flatMap(({ bookedTo, heldUntil = 0 }) => [bookedTo, heldUntil]));
  const rate = segmentsPerSecond(lanes, messages > 0 ? segments / messages : 1);
  const overnights = Math.max(0, ...lanes.map((lane) => nightsFor(messages, lane)));
  const drainsAt = startsAt + (Number.isFinite(rate) ? (segments / rate) * 1000 : 0) + overnights * DAY;
  const found: readonly (readonly [ForecastWarning, boolean])[] = [
    ['after_window', limits.before !== undefined && drainsAt > limits.before],
    ['after_usefulness', limits.usefulUntil !== undefined && drainsAt > limits.usefulUntil],
    ['over_day_limit', overnights > 0],
    ['provider_down', lanes.some(({ heldUntil = 0 }) => heldUntil > from)],
  ];
  return {
    startsAt,
    drainsAt: Math.ceil(drainsAt),
    ...(Number.isFinite(rate) && { segmentsPerSecond: rate }),
    warnings: found.flatMap(([warning, holds]) => (holds ? [warning] : [])),
  };
}

/** How many nights lie between the first and the last of a volume, by what may go out in a day. */
function nightsFor(messages: number, { left, tokens, reserved }: LaneState): number {
  if (left === undefined || messages <= left) return 0;
  return Math.ceil((messages - left) / (tokens * (1 - reserved)));
}
