/** Messages to come, and the moment at which all will have been sent: for planning a campaign, and for alerts. */
import type { ComingMessages } from '../../queries/sending/forecast.ts';
import { comingMessages, readLaneStates } from '../../queries/sending/forecast.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { HOUR } from '../../domain/time/duration.ts';
import { sellingHours } from '../../domain/sending/gate/hours.ts';
import { isUrgentClass, forecast } from '../../domain/sending/lane.ts';
import type { Forecast, LaneState } from '../../domain/sending/lane.ts';
import { MESSAGE_CLASSES, MESSAGE_KINDS } from '../../domain/sending/message.ts';
import type { RuleData } from '../../domain/rules/rule-data.ts';
import { allowedUntil, nextAllowed } from '../../domain/time/windows.ts';
import type { AppDeps } from '../http/deps.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';
import type { ClassForecast, LaneAnswer, ForecastOutlook } from './schema.ts';
import { forecastAnswer, forecastQuery } from './schema.ts';

export function forecastRoutes({ db, rules }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'get',
      tag: 'Limits',
      operationId: 'readForecast',
      path: '/v1/forecast',
      scope: 'orders:read',
      summary:
        'What is booked or waits for a moment in the coming hours, when it will be out, and whether that is in time. ' +
        'Steps that are not due yet are not in it: their orders ask when they are.',
      query: forecastQuery,
      answers: { 200: { description: 'The forecast', schema: forecastAnswer } },
      problems: [],
      handle: async ({ brand, query, now }) => {
        const until = now + query.hours * HOUR;
        const lanes = await readLaneStates(db, now, brand.id);
        const coming = await comingMessages(db, brand.id, now, until);
        const windowAt = (at: number) => openAt(brand, rules, at);
        return {
          status: 200,
          body: {
            at: iso(now),
            until: iso(until),
            lanes: lanes.map(laneAnswer),
            classes: MESSAGE_CLASSES.flatMap((name) => classAnswer(name, coming, lanes, windowAt)),
            ...(query.segments !== undefined && {
              volume: volumeAnswer(query.segments, query.at ?? now, lanes, windowAt),
            }),
          },
        };
      },
    }),
  ];
}

/**
 * The hours in which messages may be sent at the brand's own place at the moment `at`. Its customers may live
 * elsewhere.
 */
interface OpenHours {
  readonly from: number;
  readonly before?: number;
}

function openAt(brand: Brand, { packs, guardBand }: RuleData, at: number): OpenHours {
  const hours = sellingHours(packs, brand.country, at);
  const options = { guardBand: guardBand ?? true };
  const from = nextAllowed(hours, [brand.zone], at, brand.id, options) ?? at;
  const before = allowedUntil(hours, [brand.zone], from, options);
  return { from, ...(before !== undefined && { before }) };
}

function classAnswer(
  name: (typeof MESSAGE_CLASSES)[number],
  coming: readonly ComingMessages[],
  lanes: readonly LaneState[],
  windowAt: (at: number) => OpenHours,
): readonly ClassForecast[] {
  const of = (state: ComingMessages['state']) => coming.find((one) => one.class === name && one.state === state);
  const [booked, due] = [of('booked'), of('due')];
  if (!booked && !due) return [];
  // Order news does not wait behind booked messages, and keeps no hours of promotions.
  const [ahead, before] = isUrgentClass(name)
    ? [lanes.map((lane) => ({ ...lane, bookedTo: 0 })), undefined]
    : [lanes, due && windowAt(due.first).before];
  return [
    {
      class: name,
      ...(booked && { booked: { ...volumeOf(booked), drainsAt: iso(booked.last) } }),
      ...(due && {
        due: {
          ...volumeOf(due),
          from: iso(due.first),
          ...outlookOf(
            forecast({ ...due, from: due.first }, ahead, {
              usefulUntil: due.usefulUntil,
              ...(before !== undefined && { before }),
            }),
            due.last,
          ),
        },
      }),
    },
  ];
}

/** The shortest time for which any promotion is useful. */
const USEFUL_FOR = Math.min(
  ...Object.values(MESSAGE_KINDS).flatMap((rule) => (rule.class === 'promotional' ? [rule.usefulFor] : [])),
);

function volumeAnswer(
  segments: number,
  at: number,
  lanes: readonly LaneState[],
  windowAt: (at: number) => OpenHours,
): ForecastOutlook {
  const { from, before } = windowAt(at);
  const limits = { usefulUntil: at + USEFUL_FOR, ...(before !== undefined && { before }) };
  return outlookOf(forecast({ messages: segments, segments, from }, lanes, limits));
}

function volumeOf({ messages, segments }: ComingMessages): Pick<ComingMessages, 'messages' | 'segments'> {
  return { messages, segments };
}

/** `notBefore`: the last message is not due before this moment. */
function outlookOf({ startsAt, drainsAt, ...rest }: Forecast, notBefore = 0): ForecastOutlook {
  return {
    ...rest,
    startsAt: iso(startsAt),
    drainsAt: iso(Math.max(drainsAt, notBefore)),
    warnings: [...rest.warnings],
  };
}

function laneAnswer({ kind, unit, tokens, periodMs, factor, bookedTo, heldUntil, left }: LaneState): LaneAnswer {
  return {
    kind,
    unit,
    tokens,
    periodSeconds: periodMs / 1000,
    rateLeft: factor,
    bookedTo: iso(bookedTo),
    ...(heldUntil !== undefined && { heldUntil: iso(heldUntil) }),
    ...(left !== undefined && { leftToday: left }),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
