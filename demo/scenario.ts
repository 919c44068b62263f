/** A demo order and its story: the customer, the events in the customer's own time, and the expected timeline. */
import { z } from 'zod';
import { DateTime } from 'luxon';
import { durationMs, parseDuration } from '../domain/time/duration.ts';
import { FileMistakes, readYamlFile } from '../kit/yaml-file.ts';

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 16:20');
const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, 'a duration such as 2h')
  .transform(durationMs);

/** `day: 1` is the local day of the order. */
const moment = { day: z.int().min(1).max(400), at: clockTime };

const happening = z.union([
  z.strictObject({
    ...moment,
    event: z.string(),
    parcel: z.string().exactOptional(),
    of: z.int().exactOptional(),
    carrier: z.string().exactOptional(),
    tracking: z.string().exactOptional(),
    place: z.string().exactOptional(),
    promised_day: z.int().exactOptional(),
  }),
  z.strictObject({ ...moment, says: z.string() }),
  z.strictObject({ ...moment, agent: z.literal('closes the case') }),
]);
export type ScenarioEvent = z.output<typeof happening>;

const scenario = z.strictObject({
  order: z.string(),
  who: z.string(),
  zone: z.string(),
  ordered: z
    .string()
    .regex(new RegExp(`^(${WEEKDAYS.join('|')}) ([01]\\d|2[0-3]):[0-5]\\d$`), 'a weekday and a time: monday 23:41'),
  days: z.int().min(1).max(400),
  story: z.array(happening),
  /** Answers to the first message of a kind, some time after it came. */
  replies: z.array(z.strictObject({ to: z.string(), after: duration, text: z.string() })).default([]),
  expect: z.array(z.string()).exactOptional(),
});
export type Scenario = z.output<typeof scenario>;

/** Reads a file of scenarios. Throws FileMistakes. */
export function loadScenarios(file: URL, shown: string): readonly Scenario[] {
  const { value, mistakeAt } = readYamlFile(file, shown, z.array(scenario));
  const mistakes = value.flatMap(({ zone }, index) =>
    DateTime.local({ zone }).isValid ? [] : [mistakeAt([index, 'zone'], 'not an IANA time zone')],
  );
  if (mistakes.length > 0) throw new FileMistakes(shown, mistakes);
  return value;
}

/** The story of an order without one: shipped the next day, delivered two days later, rated 5. */
export function usualScenario(order: string, zone: string): Scenario {
  return {
    order,
    who: 'a customer of the shop',
    zone,
    ordered: 'monday 10:00',
    days: 92,
    story: [
      { day: 2, at: '10:00', event: 'parcel_shipped', parcel: 'parcel' },
      { day: 4, at: '09:00', event: 'parcel_out_for_delivery', parcel: 'parcel' },
      { day: 4, at: '14:00', event: 'parcel_delivered', parcel: 'parcel' },
    ],
    replies: [{ to: 'rating_request', after: durationMs('2h'), text: '5' }],
  };
}

/** The next moment after `now` at which the order is placed, epoch ms. */
export function orderedAt({ ordered, zone }: Scenario, now: number): number {
  const [day = '', time = ''] = ordered.split(' ');
  const weekday = WEEKDAYS.findIndex((name) => name === day) + 1;
  const today = atTime(DateTime.fromMillis(now, { zone }), time);
  const days = (weekday - today.weekday + 7) % 7;
  const found = today.plus({ days });
  return (found.toMillis() > now ? found : found.plus({ days: 7 })).toMillis();
}

/** A moment of the story, epoch ms. */
export function scenarioMomentOf(placedAt: number, zone: string, { day, at }: { day: number; at: string }): number {
  return atTime(DateTime.fromMillis(placedAt, { zone }).plus({ days: day - 1 }), at).toMillis();
}

function atTime(date: DateTime, time: string): DateTime {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return date.set({ hour, minute, second: 0, millisecond: 0 });
}
