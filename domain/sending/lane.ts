/**
 * Rate limits: the lanes of an account and of a brand, the clocks that keep their rates, and the time at which a
 * volume will have been sent.
 */
import type { Brand } from '../orders/brand.ts';
import { DAY, HOUR, MINUTE } from '../time/duration.ts';
import type { Channel, MessageClass } from './message.ts';
import { BASE_CHANNEL } from './message.ts';

export type LaneKind = 'account' | 'sender' | 'campaign' | 'brand_day' | 'records';

export interface LaneSettings {
  readonly id: string;
  readonly kind: LaneKind;
  /** Absent: the lane holds for every brand. */
  readonly brand?: string;
  /** Absent: the lane holds for every channel. */
  readonly channel?: Channel;
  readonly unit: 'messages' | 'segments';
  /** Units allowed in each period of this many ms. */
  readonly tokens: number;
  readonly periodMs: number;
  /** Counted per local day of this zone instead of spaced. */
  readonly zone?: string;
  /**
   * The share of a period's tokens by which transactional messages may run ahead; for a counted day, the share that
   * is kept for them.
   */
  readonly reserved: number;
}

/**
 * Half a second of tokens. A provider whose bucket holds a second of tokens can take them at once, together with
 * `CATCH_UP` and some jitter of the network.
 */
const RESERVED_OF_SECOND = 0.5;
/** Six seconds of a minute's tokens. */
const RESERVED_OF_MINUTE = 0.1;
/** T-Mobile drops messages above a brand's limit per day, so a fifth of the day is kept for order news. */
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

/** Classes that go ahead of promotions and feedback: order news, and answers to a keyword. */
export function isUrgentClass(messageClass: MessageClass): boolean {
  return messageClass === 'transactional' || messageClass === 'compliance';
}

/**
 * The activity waits for a token that comes within this time, ms: a send has 15 s, and its call takes up to 10.
 * Promotions wait less, so that they fill at most a second of the lane ahead of order news. A slot within this time
 * needs no timer.
 */
export const WAIT_IN_PLACE = { first: 2_000, others: 1_000 };

/** Unused tokens are kept for this long, ms, so that late timers and queues do not lower the rate. */
export const CATCH_UP = 250;

/** A booked slot that passed more than this ago is not kept, ms. Otherwise late messages would all be sent at once. */
export const SLOT_KEPT = MINUTE;

/**
 * Time for the rate factor to grow linearly from 0 to 1, in ms, so a halving is made good in four minutes. If it grew
 * faster, and the quota was halved for good, the rate would be a tenth above the quota before the provider's bucket
 * is empty and a 429 says so.
 */
export const RECOVERY = 8 * MINUTE;
export const LEAST_FACTOR = 1 / 16;
/**
 * Answers within this time after a cut belong to calls that were allowed before it, ms: the longest wait and the
 * call.
 */
export const CUT_EVERY = WAIT_IN_PLACE.first + 1_000;

/** Time for the provider's bucket to fill again after a 429, ms, beyond the pause that it asked for. */
export const REFILL = 1_000;

/** Failures in a row that open a circuit. */
export const OPEN_AFTER = 5;
/** The first and the longest time for which a circuit opens, ms. The time doubles in between. */
export const OPEN_FOR = { first: MINUTE / 2, last: HOUR / 4 };
/** A probe without a result after this time, ms, is dead: it is the time limit of the send activity. */
export const PROBE_FOR = 15_000;

/** The state of a lane. All moments are epoch ms. */
export interface LaneState extends LaneSettings {
  /** The share of the rate that is left after cuts, 0 to 1. */
  readonly factor: number;
  /** Every moment before this one is booked. */
  readonly bookedTo: number;
  /**
   * No message is sent before this moment: a circuit is open, or the provider has asked for a pause. Absent: there is
   * no such limit.
   */
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
 * Forecasts when a volume is sent behind everything that is booked. `before`: the end of the window in which it
 * starts; `usefulUntil`: the end of its use; both epoch ms. Messages above the limit of a day are sent on the
 * following days.
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

/** The number of nights between the first and the last message of a volume, by the limit of a day. */
function nightsFor(messages: number, { left, tokens, reserved }: LaneState): number {
  if (left === undefined || messages <= left) return 0;
  return Math.ceil((messages - left) / (tokens * (1 - reserved)));
}
