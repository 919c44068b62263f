/** Messages to come and the moment at which all are out: for planning a campaign, and for alerts. */
import { z } from 'zod';
import type { ComingMessages } from '../../queries/sending/forecast.ts';
import { comingMessages, laneStandings } from '../../queries/sending/forecast.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { HOUR } from '../../domain/time/duration.ts';
import { sellingHours } from '../../domain/sending/hours.ts';
import { goesFirst } from '../../domain/sending/lane.ts';
import type { Forecast, LaneStanding } from '../../domain/sending/lane-forecast.ts';
import { FORECAST_WARNINGS, forecast } from '../../domain/sending/lane-forecast.ts';
import { MESSAGE_CLASSES, MESSAGE_KINDS } from '../../domain/sending/message.ts';
import type { RulePacks } from '../../domain/rules/rule-pack.ts';
import { GUARD_BAND, allowedUntil, nextAllowed } from '../../domain/time/windows.ts';
import type { AppDeps } from '../http/deps.ts';
import { forecastQuery } from '../http/queries.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

const moment = z.iso.datetime();
const outlook = {
  startsAt: moment,
  drainsAt: moment.describe('The last of it is out, if the rate holds'),
  segmentsPerSecond: z.number().optional().describe('Absent: nothing limits it'),
  warnings: z.array(z.enum(FORECAST_WARNINGS)),
};
const volume = { messages: z.int(), segments: z.int().describe('One each where the text is not there yet') };

const forecastAnswer = z.object({
  at: moment,
  until: moment,
  lanes: z.array(
    z.object({
      kind: z.string(),
      unit: z.string(),
      tokens: z.number(),
      periodSeconds: z.number(),
      rateLeft: z.number().describe('1, or what is left after the provider asked for less'),
      bookedTo: moment,
      heldUntil: moment.optional().describe('Nothing goes out before'),
      leftToday: z.int().optional(),
    }),
  ),
  classes: z.array(
    z.object({
      class: z.enum(MESSAGE_CLASSES),
      booked: z.object({ ...volume, drainsAt: moment }).optional(),
      due: z.object({ ...volume, from: moment, ...outlook }).optional(),
    }),
  ),
  volume: z.object(outlook).optional().describe('What would become of ?segments= more promotional segments'),
});

export function forecastRoutes({ db, rules: { packs } }: AppDeps): readonly Route[] {
  return [
    brandRoute({
      method: 'get',
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
        const lanes = await laneStandings(db, now, brand.id);
        const coming = await comingMessages(db, brand.id, now, until);
        const windowAt = (at: number) => openAt(brand, packs, at);
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

/** When something may go out at the brand's place that is asked for at `at`, and until when. Its customers may live elsewhere. */
interface OpenHours {
  readonly from: number;
  readonly before?: number;
}

function openAt(brand: Brand, packs: RulePacks, at: number): OpenHours {
  const hours = sellingHours(packs, brand.country, at);
  const options = { guardBand: GUARD_BAND };
  const from = nextAllowed(hours, [brand.zone], at, brand.id, options) ?? at;
  const before = allowedUntil(hours, [brand.zone], from, options);
  return { from, ...(before !== undefined && { before }) };
}

function classAnswer(
  name: (typeof MESSAGE_CLASSES)[number],
  coming: readonly ComingMessages[],
  lanes: readonly LaneStanding[],
  windowAt: (at: number) => OpenHours,
): object[] {
  const of = (state: ComingMessages['state']) => coming.find((one) => one.class === name && one.state === state);
  const [booked, due] = [of('booked'), of('due')];
  if (!booked && !due) return [];
  // Order news neither stands behind what is booked nor keeps the hours of promotions.
  const [ahead, before] = goesFirst(name)
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

/** The shortest use that any promotion has. */
const USEFUL_FOR = Math.min(
  ...Object.values(MESSAGE_KINDS).flatMap((rule) => (rule.class === 'promotional' ? [rule.usefulFor] : [])),
);

function volumeAnswer(
  segments: number,
  at: number,
  lanes: readonly LaneStanding[],
  windowAt: (at: number) => OpenHours,
): object {
  const { from, before } = windowAt(at);
  const limits = { usefulUntil: at + USEFUL_FOR, ...(before !== undefined && { before }) };
  return outlookOf(forecast({ messages: segments, segments, from }, lanes, limits));
}

function volumeOf({ messages, segments }: ComingMessages): object {
  return { messages, segments };
}

/** `notBefore`: the last of it is not due before. */
function outlookOf({ startsAt, drainsAt, ...rest }: Forecast, notBefore = 0): object {
  return { startsAt: iso(startsAt), drainsAt: iso(Math.max(drainsAt, notBefore)), ...rest };
}

function laneAnswer({ kind, unit, tokens, periodMs, factor, bookedTo, heldUntil, left }: LaneStanding): object {
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
