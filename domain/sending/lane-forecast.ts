/** When a volume will have gone out, from where the lanes stand now. */
import { DAY } from '../time/duration.ts';
import type { LaneSettings } from './lane.ts';

/** A lane as it stands. All moments are epoch ms. */
export interface LaneStanding extends LaneSettings {
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
function segmentsPerSecond(lanes: readonly LaneStanding[], segmentsPerMessage: number): number {
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
  lanes: readonly LaneStanding[],
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
function nightsFor(messages: number, { left, tokens, reserved }: LaneStanding): number {
  if (left === undefined || messages <= left) return 0;
  return Math.ceil((messages - left) / (tokens * (1 - reserved)));
}
